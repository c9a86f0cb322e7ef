/** What a piece of text means; the theme says how that looks. */
export const ROLES = [
  'text',
  'dim',
  'accent',
  'heading',
  'border',
  'added',
  'changed',
  'removed',
  'directory',
  'symlink',
  'executable',
  'privileged',
  'special',
  'digest',
  'match',
  'warning',
  'error',
  'bar',
  'waste',
  'cursor',
  'cursor-away',
  'title',
  'title-away',
  'key',
  'status',
] as const;
export type Role = (typeof ROLES)[number];

/** How a role looks: colours of the 256 of xterm; -1 is the terminal's own. */
export interface Look {
  readonly fg?: number;
  readonly bg?: number;
  readonly bold?: boolean;
  readonly underline?: boolean;
  readonly inverse?: boolean;
}

export type Theme = Readonly<Record<Role, Look>>;

const MONO: Theme = {
  text: {},
  dim: {},
  accent: { bold: true },
  heading: { bold: true },
  border: {},
  added: {},
  changed: {},
  removed: {},
  directory: { bold: true },
  symlink: {},
  executable: {},
  privileged: { bold: true, underline: true },
  special: {},
  digest: {},
  match: { inverse: true },
  warning: { bold: true },
  error: { bold: true },
  bar: {},
  waste: {},
  cursor: { inverse: true },
  'cursor-away': { underline: true },
  title: { bold: true },
  'title-away': {},
  key: { bold: true },
  status: {},
};

const DARK: Theme = {
  ...MONO,
  dim: { fg: 246 },
  accent: { fg: 80 },
  heading: { bold: true },
  border: { fg: 239 },
  added: { fg: 114 },
  changed: { fg: 179 },
  removed: { fg: 174 },
  directory: { fg: 111 },
  symlink: { fg: 80 },
  executable: { fg: 151 },
  privileged: { fg: 210, bold: true },
  special: { fg: 176 },
  digest: { fg: 80 },
  match: { fg: 16, bg: 179 },
  warning: { fg: 179 },
  error: { fg: 210, bold: true },
  bar: { fg: 66 },
  waste: { fg: 174 },
  cursor: { fg: 231, bg: 24 },
  'cursor-away': { bg: 237 },
  title: { fg: 80, bold: true },
  'title-away': { fg: 250 },
  key: { fg: 80 },
  status: { fg: 246 },
};

const LIGHT: Theme = {
  ...MONO,
  dim: { fg: 241 },
  accent: { fg: 25 },
  border: { fg: 250 },
  added: { fg: 28 },
  changed: { fg: 94 },
  removed: { fg: 124 },
  directory: { fg: 25 },
  symlink: { fg: 24 },
  executable: { fg: 22 },
  privileged: { fg: 160, bold: true },
  special: { fg: 90 },
  digest: { fg: 24 },
  match: { fg: 231, bg: 94 },
  warning: { fg: 94 },
  error: { fg: 160, bold: true },
  bar: { fg: 66 },
  waste: { fg: 124 },
  cursor: { fg: 16, bg: 153 },
  'cursor-away': { bg: 254 },
  title: { fg: 25, bold: true },
  'title-away': { fg: 240 },
  key: { fg: 25 },
  status: { fg: 241 },
};

const CONTRAST: Theme = {
  ...MONO,
  text: { fg: 231, bg: 16 },
  dim: { fg: 252, bg: 16 },
  accent: { fg: 51, bg: 16, bold: true },
  heading: { fg: 231, bg: 16, bold: true },
  border: { fg: 231, bg: 16 },
  added: { fg: 46, bg: 16 },
  changed: { fg: 226, bg: 16 },
  removed: { fg: 213, bg: 16 },
  directory: { fg: 51, bg: 16, bold: true },
  symlink: { fg: 51, bg: 16 },
  executable: { fg: 46, bg: 16 },
  privileged: { fg: 226, bg: 16, bold: true, underline: true },
  special: { fg: 213, bg: 16 },
  digest: { fg: 51, bg: 16 },
  match: { fg: 16, bg: 226 },
  warning: { fg: 226, bg: 16, bold: true },
  error: { fg: 226, bg: 16, bold: true },
  bar: { fg: 231, bg: 16 },
  waste: { fg: 213, bg: 16 },
  cursor: { fg: 16, bg: 231, bold: true },
  'cursor-away': { fg: 231, bg: 16, underline: true },
  title: { fg: 226, bg: 16, bold: true },
  'title-away': { fg: 231, bg: 16 },
  key: { fg: 226, bg: 16, bold: true },
  status: { fg: 231, bg: 16 },
};

export const THEMES = { dark: DARK, light: LIGHT, contrast: CONTRAST, mono: MONO } as const;
export type ThemeName = keyof typeof THEMES;
export const THEME_NAMES = Object.keys(THEMES) as ThemeName[];
