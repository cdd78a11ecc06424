import type { Card } from '../cards/card.ts';

/** Dialogs know no Action.Execute: each button becomes its own fallback, a plain submit with the same data. */
export const dialogCard = (card: Card): Card => submitted(card) as Card;

function submitted(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(submitted);
  if (typeof part !== 'object' || part === null) return part;
  const members = part as Readonly<Record<string, unknown>>;
  if (members['type'] === 'Action.Execute' && members['fallback'] !== undefined) return members['fallback'];
  return Object.fromEntries(Object.entries(members).map(([name, value]) => [name, submitted(value)]));
}
