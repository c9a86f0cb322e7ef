import { boolean, string } from '@oclif/core/flags';

/** The flag of whatever puts the user's terminal on a program in a container. */
export const DETACH_KEYS_FLAG = {
  'detach-keys': string({
    helpValue: 'KEYS',
    summary: 'Keys that leave what has a terminal running. Default: ctrl-p,ctrl-q.',
  }),
};

/** The flags of whatever puts the user's streams on a container. */
export const ATTACH_FLAGS = {
  ...DETACH_KEYS_FLAG,
  'sig-proxy': boolean({
    default: true,
    allowNo: true,
    summary: 'Pass signals on, unless the container has a terminal.',
  }),
};
