import { Checkbox, Field, FieldContextProvider } from '@fluentui/react-components';
import { useWorkloads, WorkloadWord } from './workloads.tsx';

/** Chooses kinds of data, any number of them. */
export function WorkloadChecks({
  label,
  chosen,
  onChange,
  fault,
}: {
  label: string;
  chosen: readonly string[];
  onChange: (chosen: string[]) => void;
  /** What is wrong with the choice, in words. */
  fault: string | undefined;
}) {
  const workloads = useWorkloads();
  return (
    <Field label={label} {...(fault === undefined ? {} : { validationMessage: fault })}>
      <div role="group" aria-label={label}>
        {/* A field gives its own id and name to every control in it: several would share them, and a click on the words of
            the second would press the first. */}
        <FieldContextProvider value={undefined}>
          {workloads.all.map(({ workload }) => (
            <Checkbox
              key={workload}
              label={<WorkloadWord workload={workload} />}
              checked={chosen.includes(workload)}
              onChange={(_, { checked }) =>
                onChange(checked === true ? [...chosen, workload] : chosen.filter((each) => each !== workload))
              }
            />
          ))}
        </FieldContextProvider>
      </div>
    </Field>
  );
}
