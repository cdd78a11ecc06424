import type { ReactNode } from 'react';
import { addressOf } from '../../../app/routing.ts';
import { useTexts } from '../../../app/texts.tsx';
import type { Loaded } from '../../../client/useRoute.ts';
import { PageHeader } from '../../../parts/PageHeader.tsx';
import type { Crumb } from '../../../parts/PageHeader.tsx';

/** The head of a page of the second level, with the way back to the list. */
export function ManageHeader({
  title,
  under,
  fresh,
  children,
}: {
  title: string;
  /** For a page of the third level: the one it lies under. */
  under?: Crumb;
  fresh?: Loaded<unknown>;
  children?: ReactNode;
}) {
  const text = useTexts();
  const crumbs = [{ name: text('page.manage'), address: addressOf('manage') }, ...(under === undefined ? [] : [under])];
  return (
    <PageHeader title={title} crumbs={crumbs} {...(fresh === undefined ? {} : { fresh })}>
      {children}
    </PageHeader>
  );
}
