/** An error of the lab that a person can act on: the message says what to do. */
export class LabError extends Error {
  override readonly name = 'LabError';
}
