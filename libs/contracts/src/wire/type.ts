/** A class whose instances are `T`. */
export type Type<T> = new () => T;
