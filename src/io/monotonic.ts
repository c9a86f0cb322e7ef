/**
 * Returns milliseconds since some moment; they never go back. Unlike `performance`, for whose first use Node loads modules
 * for a millisecond, it is there when a program starts.
 */
export function monotonic(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}
