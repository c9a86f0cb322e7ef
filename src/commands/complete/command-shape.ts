/** What oclif's manifest says of a command, as far as completion needs it. */
export interface CommandShape {
  readonly id: string;
  readonly summary?: string;
  readonly hidden?: boolean;
  readonly flags: Readonly<Record<string, FlagShape>>;
  readonly args: Readonly<Record<string, ArgumentShape>>;
}

export interface FlagShape {
  readonly name: string;
  readonly char?: string;
  readonly type: 'boolean' | 'option';
  readonly summary?: string;
  readonly hidden?: boolean;
  readonly options?: readonly string[];
  readonly multiple?: boolean;
}

export interface ArgumentShape {
  readonly name: string;
  readonly options?: readonly string[];
  readonly multiple?: boolean;
}
