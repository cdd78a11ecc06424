import { Body1, ProgressBar } from '@fluentui/react-components';
import type { RestoreRequest } from '../../../../../contract/restore.ts';
import { useTexts } from '../../../app/texts.tsx';
import { handledOf } from '../../activity/restores/requestFacts.ts';
import { Section } from '../../../parts/Section.tsx';

/** How far it is. A share is only told where the whole is known. */
export function RunView({ request }: { request: RestoreRequest }) {
  const text = useTexts();
  const { counts } = request;
  const known = counts !== undefined && counts.total > 0;
  const done = counts === undefined ? 0 : handledOf(counts);
  return (
    <Section title={text('request.progress')}>
      <ProgressBar
        thickness="large"
        aria-label={text('request.progress')}
        {...(known ? { value: done / counts.total } : {})}
      />
      <Body1>
        {known
          ? text('request.doneOf', { done, total: counts.total, size: text.bytes(counts.bytes), failed: counts.failed })
          : text('request.starting')}
      </Body1>
    </Section>
  );
}
