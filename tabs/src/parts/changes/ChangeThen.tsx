import { Body1 } from '@fluentui/react-components';
import { useTexts } from '../../app/texts.tsx';
import { useRoute, valueOf } from '../../client/useRoute.ts';

/** What follows when a change that makes protection weaker is asked for; `words` where another administrator confirms. */
export function ChangeThen({ words }: { words: string }) {
  const text = useTexts();
  const settings = valueOf(useRoute('getAllSettings', {}));
  return <Body1>{settings?.access.soleAdministrator === true ? text('change.thenAlone') : words}</Body1>;
}
