import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app/App.tsx';
import { findHost, openInHost } from './app/host.ts';
import { addressOf, moveWith, navigate, placeOf } from './app/routing.ts';
import { loadTexts } from './app/texts.tsx';
import './app/page.css';

const host = await findHost();
if (host.kind === 'teams') {
  // A deep link names a place inside the tab; without one the tab's own address says where to be.
  const page = host.page ?? placeOf(location.pathname).page;
  if (host.subPage !== undefined) navigate(addressOf(page, host.subPage.split('/')), 'replace');
  moveWith(openInHost);
}
const texts = await loadTexts(host.locale);
document.documentElement.lang = texts.locale;
document.documentElement.dir = /^(ar|he|fa|ur)\b/.test(texts.locale) ? 'rtl' : 'ltr';

const root = document.querySelector('#root');
if (root === null) throw new Error('The page lacks its root element');
createRoot(root).render(
  <StrictMode>
    <App host={host} texts={texts} />
  </StrictMode>,
);
