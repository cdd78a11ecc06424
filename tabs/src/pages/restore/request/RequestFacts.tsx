import type { RestoreRequest } from '../../../../../contract/restore.ts';
import { useTexts } from '../../../app/texts.tsx';
import { useRoute, valueOf } from '../../../client/useRoute.ts';
import { Facts } from '../../../parts/Facts.tsx';
import { Moment } from '../../../parts/Moment.tsx';
import { Section } from '../../../parts/Section.tsx';
import { useWorkloads } from '../../../parts/workloads.tsx';
import { newFolderWords } from '../../activity/restores/requestFacts.ts';
import { Owners } from '../../activity/restores/RequestWhat.tsx';
import { SelectionWords } from './SelectionWords.tsx';

/** What was asked for, by whom and why. */
export function RequestFacts({ request }: { request: RestoreRequest }) {
  const text = useTexts();
  const { destination } = request;
  return (
    <Section title={text('request.facts')}>
      <Facts
        facts={[
          [text('request.asker'), <bdi>{request.asker.name}</bdi>],
          [text('request.asked'), <Moment iso={request.createdAt} form="both" />],
          [
            text('request.owners'),
            request.owners.length === 0 ? undefined : <Owners request={request} form="address" />,
          ],
          [text('options.what'), <SelectionWords request={request} />],
          [
            text('options.where'),
            destination.kind === 'resource' ? (
              <TargetName id={destination.resourceId} otherwise={request.target?.name} />
            ) : destination.kind === 'newFolder' ? (
              newFolderWords(text, request)
            ) : (
              text(`destination.${destination.kind}`)
            ),
          ],
          [
            text('request.conflict'),
            destination.kind === 'download' ? undefined : text(`conflict.${request.conflict}`),
          ],
          [
            text('options.reason'),
            request.reason === undefined || request.reason === '' ? undefined : <q>{request.reason}</q>,
          ],
          [
            text('request.started'),
            request.startedAt === undefined ? undefined : <Moment iso={request.startedAt} form="both" />,
          ],
          [
            text('request.finished'),
            request.finishedAt === undefined ? undefined : <Moment iso={request.finishedAt} form="both" />,
          ],
        ]}
      />
    </Section>
  );
}

/** The mailbox or drive it goes to; whoever may not see it reads whose it is. */
function TargetName({ id, otherwise = id }: { id: string; otherwise: string | undefined }) {
  const text = useTexts();
  const workloads = useWorkloads();
  const resource = valueOf(useRoute('getResource', { params: { id } }));
  return (
    <bdi>
      {resource === undefined
        ? otherwise
        : text('resource.full', { name: resource.name, workload: workloads.label(resource.workload) })}
    </bdi>
  );
}
