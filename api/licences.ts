import { z } from 'zod';
import { isFault } from '../engine/fault.ts';
import { directoryScope, type Graph } from '../graph/index.ts';

const skuShape = z.object({
  appliesTo: z.string().nullish(),
  capabilityStatus: z.string().nullish(),
  prepaidUnits: z.object({ enabled: z.number().nullish() }).nullish(),
  servicePlans: z.array(z.object({ servicePlanName: z.string().nullish() })).nullish(),
});
type Sku = z.infer<typeof skuShape>;

/**
 * Licences of the tenant that bring SharePoint or OneDrive: by their number Microsoft sets its limits. Undefined where
 * they cannot be read (Organization.Read.All is missing, or Graph does not answer).
 */
export async function sharepointLicences(graph: Graph, signal: AbortSignal): Promise<number | undefined> {
  try {
    const options = { scope: directoryScope, priority: 'incremental' as const, signal };
    const { value } = await graph.page(skuShape, '/subscribedSkus', options);
    return value.filter(bringsSharepoint).reduce((sum, { prepaidUnits }) => sum + (prepaidUnits?.enabled ?? 0), 0);
  } catch (error) {
    if (!isFault(error)) throw error;
    return undefined;
  }
}

/** Free plans come by the thousand and bring no SharePoint. */
const bringsSharepoint = ({ appliesTo, capabilityStatus, servicePlans }: Sku): boolean =>
  appliesTo !== 'Company' &&
  ['Enabled', 'Warning'].includes(capabilityStatus ?? 'Enabled') &&
  (servicePlans ?? []).some(({ servicePlanName }) => /^(SHAREPOINT|ONEDRIVE)/i.test(servicePlanName ?? ''));
