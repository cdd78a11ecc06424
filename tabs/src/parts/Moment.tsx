import { Tooltip } from '@fluentui/react-components';
import { useTexts } from '../app/texts.tsx';

/** A moment as people say it; the exact one with its zone on hover and focus, or what `exactly` says about it. */
export function Moment({
  iso,
  form = 'ago',
  exactly,
}: {
  iso: string | undefined;
  form?: 'ago' | 'full' | 'both';
  exactly?: string;
}) {
  const text = useTexts();
  if (iso === undefined) return <span>{text('value.none')}</span>;
  const words =
    form === 'full'
      ? text.moment(iso)
      : form === 'both'
        ? text('moment.both', { moment: text.moment(iso), ago: text.ago(iso) })
        : text.ago(iso);
  return (
    <Tooltip content={exactly ?? text.exactly(iso)} relationship="description">
      <time dateTime={iso} tabIndex={0}>
        {words}
      </time>
    </Tooltip>
  );
}
