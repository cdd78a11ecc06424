import type { Texts } from '../../../app/texts.tsx';
import { factsOf } from './basket.tsx';
import type { Basket } from './basket.tsx';

/** What is in the basket, in one line. */
export function basketWords(text: Texts, basket: Basket): string {
  switch (basket.kind) {
    case 'things': {
      const { count, folders, bytes } = factsOf(basket);
      const items = (count ?? 0) - folders;
      return text('basket.things', { items, folders, size: text.bytes(bytes) });
    }
    case 'whole':
      return text('basket.whole', { moment: text.moment(basket.takenAt) });
    case 'query':
      return text('basket.query', { q: basket.query.q });
  }
}
