import { boolean } from '@oclif/core/flags';
import { fail } from '../model/error.js';
import { findContainer } from '../runtime/container/containers.js';
import { isAlive, stateOf } from '../runtime/container/state.js';
import { ATTACH_FLAGS } from './flags/attach.js';
import { StrataCommand } from './base.js';
import { containerArgument, containerPlace } from './container/place.js';
import { attachedEnd } from './container/session.js';
import { stopIfAborted } from './program/failure.js';

export default class Attach extends StrataCommand {
  static override readonly enableJsonFlag = false;
  static override readonly summary = 'Put this terminal on a container that runs.';
  static override readonly description = `Shows what the program writes from now on, passes on what is typed if it was run with -i, and ends as the program does. A
container with a terminal is left running by ctrl-p ctrl-q; so it is when this process is killed or its terminal goes.`;
  static override readonly examples = [
    {
      description: 'Say something to a program that waits for it',
      command:
        '<%= config.bin %> run -d -i --rm --name waiting --entrypoint /bin/sh demo.tar -c "read word; echo got \\$word" && echo it | <%= config.bin %> <%= command.id %> waiting',
    },
  ];
  static override readonly args = { container: containerArgument() };
  static override readonly flags = {
    stdin: boolean({ default: true, allowNo: true, summary: 'Pass on what is typed.' }),
    ...ATTACH_FLAGS,
  };

  async run(): Promise<void> {
    const { args, flags, context } = await this.begin(Attach);
    const place = await containerPlace(context);
    const record = findContainer(place.store, args.container);
    const state = await stateOf(place, record);
    if (!isAlive(state))
      fail('E_NOT_RUNNING', `attaching to container ${record.name}: it does not run`, {
        hint: `start it: strata start --attach ${record.name}`,
      });
    if (state.status === 'paused')
      fail('E_NOT_RUNNING', `attaching to container ${record.name}: it is paused`, {
        hint: `let it go on: strata unpause ${record.name}`,
      });
    if (record.terminal && record.stdin && flags.stdin && !process.stdin.isTTY)
      fail(
        'E_USAGE',
        `attaching to container ${record.name}: it has a terminal, and standard input is none`,
        {
          hint: 'only look: --no-stdin',
        },
      );
    stopIfAborted(context.signal);
    this.releaseInterrupts();
    this.endWith(await attachedEnd(context, place, record, { stdin: flags.stdin, flags }));
  }
}
