import {
  Body1,
  Button,
  DrawerBody,
  DrawerHeader,
  DrawerHeaderTitle,
  OverlayDrawer,
  Subtitle2,
  makeStyles,
  tokens,
} from '@fluentui/react-components';
import { ArrowDownloadRegular, DismissRegular, EyeRegular } from '@fluentui/react-icons';
import { useState } from 'react';
import type { Item, ItemVersion, Point, Resource } from '../../../../../contract/resources.ts';
import { useMe } from '../../../app/person.ts';
import { useTexts } from '../../../app/texts.tsx';
import { useApi } from '../../../client/apiContext.ts';
import { saveAnswer } from '../../../client/saveFile.ts';
import { useAction } from '../../../client/useAction.ts';
import { useRoute, valueOf } from '../../../client/useRoute.ts';
import { ActionButton } from '../../../parts/ActionButton.tsx';
import { Facts } from '../../../parts/Facts.tsx';
import { ItemName } from '../../../parts/ItemName.tsx';
import { Moment } from '../../../parts/Moment.tsx';
import { Moods } from '../../../parts/Moods.tsx';
import { Trouble } from '../../../parts/Trouble.tsx';
import { useWorkloads } from '../../../parts/workloads.tsx';
import { chosenFrom, useBasket } from '../basket/basket.tsx';
import { Preview } from './Preview.tsx';
import { Versions } from './Versions.tsx';

const useStyles = makeStyles({
  body: {
    display: 'flex',
    flexDirection: 'column',
    gap: tokens.spacingVerticalL,
    paddingBottom: tokens.spacingVerticalXXL,
  },
  title: { overflowWrap: 'anywhere' },
  actions: { display: 'flex', flexWrap: 'wrap', gap: tokens.spacingHorizontalS },
  note: { color: tokens.colorNeutralForeground3 },
});

/** One item: what it is, its versions, and a look into it that is written down. */
export function ItemPane({
  resource,
  point,
  itemId,
  onClose,
}: {
  resource: Resource;
  point: Point;
  itemId: string;
  onClose: () => void;
}) {
  const styles = useStyles();
  const text = useTexts();
  const params = { id: resource.id, itemId };
  const read = useRoute('getItem', { params, query: { at: point.id } });
  const gone = read.state === 'failed' && read.problem.status === 404;
  // What is no longer in this copy may be in an older one.
  const older = useRoute('getItem', gone ? { params } : undefined);
  const item = gone ? older : read;
  return (
    <OverlayDrawer
      open
      position="end"
      size="medium"
      aria-label={text('item.title')}
      onOpenChange={(_, { open }) => !open && onClose()}
    >
      <DrawerHeader>
        <DrawerHeaderTitle
          heading={{ as: 'h2', className: styles.title }}
          action={
            <Button appearance="subtle" icon={<DismissRegular />} aria-label={text('item.close')} onClick={onClose} />
          }
        >
          <ItemName name={valueOf(item)?.name ?? text('item.title')} />
        </DrawerHeaderTitle>
      </DrawerHeader>
      <DrawerBody>
        <Moods of={item}>{(found) => <Details resource={resource} point={point} item={found} />}</Moods>
      </DrawerBody>
    </OverlayDrawer>
  );
}

function Details({ resource, point, item }: { resource: Resource; point: Point; item: Item }) {
  const styles = useStyles();
  const text = useTexts();
  const me = useMe();
  const api = useApi();
  const workloads = useWorkloads();
  const basket = useBasket();
  const params = { id: resource.id, itemId: item.id };
  const versions = useRoute('listVersions', { params, query: { pageSize: 100 } });
  const known = valueOf(versions)?.value ?? [];
  const [chosen, setChosen] = useState<ItemVersion>();
  const version = chosen ?? versionAt(known, point, item);
  const at = version?.pointId ?? point.id;
  const [shown, setShown] = useState<string>();
  const mayRead = me.can.readContentOfEverybody || resource.ownerId === me.id;
  const hindrance = mayRead ? undefined : text('item.mayNotRead');
  const save = useAction(async () => saveAnswer(await api.open('getContent', { params, query: { at } }), item.name));
  const source = { id: at, takenAt: version?.validFrom ?? point.takenAt };
  const inBasket = basket.has(resource.id, item.id, at);
  return (
    <div className={styles.body}>
      <Facts
        facts={[
          [text('item.kind'), workloads.kindLabel(item.kind)],
          [text('item.from'), item.from === undefined ? undefined : <bdi>{item.from}</bdi>],
          [text('item.to'), item.to === undefined ? undefined : <bdi>{item.to.join(', ')}</bdi>],
          [
            text('item.received'),
            item.receivedAt === undefined ? undefined : <Moment iso={item.receivedAt} form="full" />,
          ],
          [
            text('item.modified'),
            item.modifiedAt === undefined ? undefined : <Moment iso={item.modifiedAt} form="full" />,
          ],
          [text('item.path'), <bdi>{item.path}</bdi>],
          [text('item.size'), text.bytes(version?.size ?? item.size)],
          [
            text('item.deleted'),
            item.deletedAt === undefined ? undefined : <Moment iso={item.deletedAt} form="both" />,
          ],
          [text('item.hash'), item.sha256],
        ]}
      />
      <div className={styles.actions}>
        <Button
          appearance="primary"
          onClick={() => {
            const thing = chosenFrom(resource, { ...item, size: version?.size ?? item.size }, source);
            if (inBasket) basket.take([thing]);
            else basket.put([thing]);
          }}
        >
          {text(inBasket ? 'item.unselect' : 'item.select')}
        </Button>
        <ActionButton icon={<EyeRegular />} hindrance={hindrance} onClick={() => setShown(at)}>
          {text('item.show')}
        </ActionButton>
        <ActionButton
          icon={<ArrowDownloadRegular />}
          busy={save.busy}
          hindrance={hindrance}
          onClick={() => void save.run()}
        >
          {text('item.save')}
        </ActionButton>
      </div>
      <Body1 className={styles.note}>{hindrance ?? text('item.audited')}</Body1>
      {save.problem !== undefined && <Trouble problem={save.problem} />}
      {shown === at && <Preview key={at} resourceId={resource.id} item={item} at={at} />}
      <Subtitle2 as="h3">{text('item.versions')}</Subtitle2>
      <Moods of={versions} rows={2}>
        {({ value }) => <Versions versions={value} chosen={version} onChoose={setChosen} />}
      </Moods>
    </div>
  );
}

/** The version that the copy holds; for what is gone from it, the newest one there is. */
const versionAt = (versions: readonly ItemVersion[], point: Point, { deletedAt }: Item): ItemVersion | undefined =>
  deletedAt !== undefined
    ? versions[0]
    : (versions.find(
        ({ validFrom, validTo }) => validFrom <= point.takenAt && (validTo === undefined || point.takenAt < validTo),
      ) ?? undefined);
