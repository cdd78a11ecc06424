import { Title1 } from '@fluentui/react-components';
import { Component } from 'react';
import type { ReactNode } from 'react';
import type { Problem } from '../../../contract/problem.ts';
import { problemOf } from '../client/problemOf.ts';
import { Trouble } from '../parts/Trouble.tsx';
import { useTexts } from './texts.tsx';

/** A page that broke says so and offers itself anew, instead of leaving nothing; the others stay within reach. */
export class PageBoundary extends Component<{ children: ReactNode }, { problem?: Problem }> {
  override state: { problem?: Problem } = {};

  static getDerivedStateFromError(error: unknown): { problem: Problem } {
    return { problem: problemOf(error) };
  }

  override render(): ReactNode {
    const { problem } = this.state;
    return problem === undefined ? this.props.children : <Broken problem={problem} />;
  }
}

function Broken({ problem }: { problem: Problem }) {
  const text = useTexts();
  return (
    <>
      <Title1 as="h1" tabIndex={-1} block>
        {text('broken.title')}
      </Title1>
      {/* The whole page: after an update of the app its parts have new names. */}
      <Trouble problem={problem} onRetry={() => location.reload()} />
    </>
  );
}
