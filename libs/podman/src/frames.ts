// Output of a container on one stream: 1 byte which, 3 bytes nothing, u32 length, payload (Docker's attach format).
import { type ExecResult, type LogLine } from './types';

const HEADER = 8;
const STDERR = 2;

export interface Frame {
  stream: LogLine['stream'];
  payload: Buffer;
}

/** The frames of a whole answer; what is cut off at its end is left out. */
export function framesOf(answer: Buffer): Frame[] {
  const frames: Frame[] = [];
  for (let at = 0; at + HEADER <= answer.length;) {
    const end = at + HEADER + answer.readUInt32BE(at + 4);
    if (end > answer.length) break;
    const stream = answer[at] === STDERR ? 'stderr' : 'stdout';
    frames.push({ stream, payload: answer.subarray(at + HEADER, end) });
    at = end;
  }
  return frames;
}

/** Frames of `logs` with timestamps: each is one line, `2026-01-31T10:11:12.123456789Z text`. */
export function logLinesOf(answer: Buffer): LogLine[] {
  return framesOf(answer).map(({ stream, payload }) => {
    const line = payload.toString('utf8').replace(/\n$/, '');
    const gap = line.indexOf(' ');
    return { stream, at: new Date(line.slice(0, gap)), text: line.slice(gap + 1) };
  });
}

/** What a program said, by stream. */
export function outputOf(answer: Buffer): Omit<ExecResult, 'code'> {
  const frames = framesOf(answer);
  const text = (wanted: LogLine['stream']): string =>
    Buffer.concat(frames.filter(({ stream }) => stream === wanted).map(({ payload }) => payload)).toString(
      'utf8',
    );
  return { stdout: text('stdout'), stderr: text('stderr') };
}
