/** `npm run tamper -- [--count 10000] [--seed text]`: changes storage behind the product's back and counts what is noticed. */
import { parseArgs } from 'node:util';
import { inWords, tamperSweep } from './sweep.ts';

const { values } = parseArgs({
  options: { count: { type: 'string', default: '10000' }, seed: { type: 'string', default: 'tamper' } },
});
const started = Date.now();
const { counts, bad, total } = await tamperSweep(Number(values.count), values.seed);
const rows = [...counts].map(([at, count]) => ({ words: at.split('|'), count }));
const outcomes = ['named', 'told', 'harmless', 'unknowable', 'unseen', 'given away', 'defect'];
const of = (...wanted: readonly string[]): number =>
  rows.filter(({ words }) => wanted.every((word) => words.includes(word))).reduce((sum, { count }) => sum + count, 0);
const kinds = [...new Set(rows.map(({ words: [kind = ''] }) => kind))].toSorted();
const tampers = [...new Set(rows.map(({ words: [, tamper = ''] }) => tamper))].toSorted();
console.log(['object'.padEnd(22), 'tamper'.padEnd(7), ...outcomes.map((outcome) => outcome.padStart(10))].join(' '));
for (const kind of kinds) {
  for (const tamper of tampers.filter((each) => of(kind, each) > 0)) {
    const numbers = outcomes.map((outcome) => String(of(kind, tamper, outcome) || '').padStart(10));
    console.log([kind.padEnd(22), tamper.padEnd(7), ...numbers].join(' '));
  }
}
for (const judged of bad.slice(0, 40)) console.log(`\n${inWords(judged).slice(0, 1_200)}`);
const sums = outcomes.map((outcome) => `${of(outcome)} ${outcome}`).join(', ');
console.log(`\n${total} tampers, seed ${values.seed}: ${sums}, in ${Math.round((Date.now() - started) / 1000)} s`);
if (bad.length > 0) process.exitCode = 1;
