import { SearchBox } from '@fluentui/react-components';
import { useEffect, useRef, useState } from 'react';

const pause = 300;

/** A search box that tells what was typed once the typing pauses, and at once on Enter. */
export function SearchField({
  name,
  value,
  onSearch,
  className,
}: {
  name: string;
  value: string;
  onSearch: (value: string) => void;
  className?: string;
}) {
  const [typed, setTyped] = useState(value);
  const latest = useRef(onSearch);
  useEffect(() => {
    latest.current = onSearch;
  });
  useEffect(() => setTyped(value), [value]);
  useEffect(() => {
    if (typed === value) return undefined;
    const timer = setTimeout(() => latest.current(typed.trim()), pause);
    return () => clearTimeout(timer);
  }, [typed, value]);
  return (
    <SearchBox
      className={className}
      aria-label={name}
      placeholder={name}
      value={typed}
      onChange={(_, data) => setTyped(data.value)}
      onKeyDown={(event) => {
        if (event.key === 'Enter') onSearch(typed.trim());
      }}
    />
  );
}
