import { useEffect, useRef } from 'react';
import type { RefObject } from 'react';

/** Each time somebody tries to send a form that is not right, the focus goes to the first field that is wrong. */
export function useFirstError(tries: number): RefObject<HTMLFormElement | null> {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (tries > 0) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [tries]);
  return form;
}
