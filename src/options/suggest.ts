import { closestMatch } from 'leven';

/** The known word that somebody may have meant; undefined where none is near. Letters that changed places are nearest. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const letters = lettersOf(word);
  const same = known.filter((one) => lettersOf(one) === letters);
  return (
    closestMatch(word, same) ?? closestMatch(word, known, { maxDistance: Math.max(1, Math.floor(word.length / 3)) })
  );
}

function lettersOf(word: string): string {
  return [...word.toLowerCase()].sort().join('');
}

/** ` (did you mean X?)`, or nothing where no known word is near. */
export function suggestion(word: string, known: readonly string[], prefix = ''): string {
  const found = nearest(word, known);
  return found === undefined ? '' : ` (did you mean ${prefix}${found}?)`;
}
