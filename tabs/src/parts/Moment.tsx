import { Tooltip } from '@fluentui/react-components';
import { useTexts } from '../app/texts.tsx';

/** A moment as people say it; the exact one with its zone on hover and focus. */
export function Moment({ iso, form = 'ago' }: { iso: string | undefined; form?: 'ago' | 'full' | 'both' }) {
  const text = useTexts();
  if (iso === undefined) return <span>{text('value.none')}</span>;
  const words =
    form === 'full'
      ? text.moment(iso)
      : form === 'both'
        ? text('moment.both', { moment: text.moment(iso), ago: text.ago(iso) })
        : text.ago(iso);
  return (
    <Tooltip content={text.exactly(iso)} relationship="description">
      <time dateTime={iso} tabIndex={0}>
        {words}
      </time>
    </Tooltip>
  );
}
