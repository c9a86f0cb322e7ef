/** Something that happens once, and that others may wait for. */
export interface Milestone {
  readonly reached: Promise<void>;
  readonly reach: () => void;
}

export function createMilestone(): Milestone {
  let reach: () => void = () => undefined;
  const reached = new Promise<void>((resolve) => (reach = resolve));
  return { reached, reach };
}
