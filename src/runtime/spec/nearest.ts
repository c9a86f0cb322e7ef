/** Returns the word that is the fewest edits (Levenshtein) away, at most a third of its length, or undefined. */
export function nearestWord(wrong: string, words: readonly string[]): string | undefined {
  let best: string | undefined;
  let fewest = Infinity;
  for (const word of words) {
    const most = Math.ceil(word.length / 3);
    if (Math.abs(word.length - wrong.length) > most) continue;
    const edits = editsBetween(wrong, word);
    if (edits <= most && edits < fewest) [best, fewest] = [word, edits];
  }
  return best;
}

function editsBetween(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++)
      next.push(Math.min(next[j - 1] + 1, row[j] + 1, row[j - 1] + (from[i - 1] === to[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[to.length];
}
