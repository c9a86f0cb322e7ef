/** What docker(1) says of an error of its own where it else ends as the program does. */
const OWN = 125;

/**
 * Returns the exit code of an error of strata's own in a command that ends as a program does: 1 to 4 become 125, so that
 * they are not taken for the program's; those of a missing tool, of the program and of an interruption stay.
 */
export function besideProgram(code: number): number {
  return code >= 1 && code <= 4 ? OWN : code;
}
