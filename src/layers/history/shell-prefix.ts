const POSIX_SHELLS = new Set(['sh', 'bash', 'ash', 'dash', 'ksh', 'zsh', 'fish', 'busybox']);
const CMD_SHELL = /^(?:\S*[\\/])?cmd(?:\.exe)?(?: \/[A-Za-z](?::\w+)?)* \/[Cc] /;
const POWERSHELL =
  /^(?:\S*[\\/])?(?:powershell|pwsh)(?:\.exe)?(?: -[A-Za-z]+(?: Bypass| Unrestricted| RemoteSigned)?)*? -[Cc](?:ommand)? /;
const PREFERENCES = /^(?:\$\w+Preference ?= ?'\w+'; ?)+/;

/**
 * Recognises the shell that a recorded command was given to: one of `shells` (the first that fits), a POSIX shell with
 * any flags up to `-c` (`/bin/bash -o pipefail -c`), cmd, or PowerShell with its preferences. `rest` is what the shell
 * gets.
 */
export function matchShell(
  text: string,
  shells: readonly (readonly string[])[],
): { shell: readonly string[]; rest: string } | undefined {
  for (const shell of shells) {
    const prefix = `${shell.join(' ')} `;
    if (shell.length > 0 && text.startsWith(prefix)) return { shell, rest: text.slice(prefix.length) };
  }
  const windows = CMD_SHELL.exec(text) ?? POWERSHELL.exec(text);
  if (windows !== null) {
    const shell = windows[0].trim().split(' ');
    const rest = text.slice(windows[0].length);
    const preferences = PREFERENCES.exec(rest);
    if (preferences === null) return { shell, rest };
    return { shell: [...shell, preferences[0].trim()], rest: rest.slice(preferences[0].length) };
  }
  return matchPosixShell(text);
}

function matchPosixShell(text: string): { shell: readonly string[]; rest: string } | undefined {
  const shell: string[] = [];
  let at = 0;
  let given = false;
  while (shell.length < 16) {
    const space = text.indexOf(' ', at);
    if (space < 0) return undefined;
    const word = text.slice(at, space);
    if (shell.length === 0) {
      if (!POSIX_SHELLS.has(word.slice(word.lastIndexOf('/') + 1))) return undefined;
    } else if (shell.length === 1 && shell[0].endsWith('busybox')) {
      if (!POSIX_SHELLS.has(word)) return undefined;
    } else if (!/^(?:[-+][A-Za-z]+|--[a-z]+)$/.test(word)) return undefined;
    shell.push(word);
    at = space + 1;
    if (/^-[A-Za-z]*c[A-Za-z]*$/.test(word)) given = true;
    if (/^[-+][A-Za-z]*o$/.test(word)) {
      const operand = /^[a-z]+ /.exec(text.slice(at, at + 32));
      if (operand === null) return undefined;
      shell.push(operand[0].trim());
      at += operand[0].length;
    }
    if (given) return { shell, rest: text.slice(at) };
  }
  return undefined;
}
