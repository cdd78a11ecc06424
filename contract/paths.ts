/** Where each route lies, under `/api`. Apart from routes.ts so that the console's bundle needs no schemas. */
export const paths = {
  getHealth: { method: 'GET', path: '/health' },
  getMe: { method: 'GET', path: '/me' },
  getSignIn: { method: 'GET', path: '/sign-in' },
  getOpenApi: { method: 'GET', path: '/openapi.json' },
  listWorkloads: { method: 'GET', path: '/workloads' },

  listPolicies: { method: 'GET', path: '/policies' },
  createPolicy: { method: 'POST', path: '/policies' },
  getPolicy: { method: 'GET', path: '/policies/{id}' },
  changePolicy: { method: 'PATCH', path: '/policies/{id}' },
  removePolicy: { method: 'DELETE', path: '/policies/{id}' },
  rehearsePolicy: { method: 'POST', path: '/policies/{id}/rehearse' },
  startPolicyRun: { method: 'POST', path: '/policies/{id}/runs' },

  listRuns: { method: 'GET', path: '/runs' },
  getRun: { method: 'GET', path: '/runs/{id}' },
  listRunResources: { method: 'GET', path: '/runs/{id}/resources' },
  listRunLedger: { method: 'GET', path: '/runs/{id}/ledger' },
  cancelRun: { method: 'POST', path: '/runs/{id}/cancel' },

  listResources: { method: 'GET', path: '/resources' },
  getResource: { method: 'GET', path: '/resources/{id}' },
  startResourceRun: { method: 'POST', path: '/resources/{id}/runs' },
  listPoints: { method: 'GET', path: '/resources/{id}/points' },
  listItems: { method: 'GET', path: '/resources/{id}/items' },
  getItem: { method: 'GET', path: '/resources/{id}/items/{itemId}' },
  listVersions: { method: 'GET', path: '/resources/{id}/items/{itemId}/versions' },
  getContent: { method: 'GET', path: '/resources/{id}/items/{itemId}/content' },
  search: { method: 'GET', path: '/search' },

  listRestores: { method: 'GET', path: '/restore-requests' },
  createRestore: { method: 'POST', path: '/restore-requests' },
  getRestore: { method: 'GET', path: '/restore-requests/{id}' },
  planRestore: { method: 'POST', path: '/restore-requests/{id}/plan' },
  approveRestore: { method: 'POST', path: '/restore-requests/{id}/approve' },
  declineRestore: { method: 'POST', path: '/restore-requests/{id}/decline' },
  withdrawRestore: { method: 'POST', path: '/restore-requests/{id}/withdraw' },
  runRestore: { method: 'POST', path: '/restore-requests/{id}/run' },
  cancelRestore: { method: 'POST', path: '/restore-requests/{id}/cancel' },
  undoRestore: { method: 'POST', path: '/restore-requests/{id}/undo' },
  listRestoreResults: { method: 'GET', path: '/restore-requests/{id}/results' },
  downloadRestore: { method: 'GET', path: '/restore-requests/{id}/download' },

  getAllSettings: { method: 'GET', path: '/settings' },
  getSettings: { method: 'GET', path: '/settings/{name}' },
  putSettings: { method: 'PUT', path: '/settings/{name}' },
  listAudit: { method: 'GET', path: '/audit' },
  getReport: { method: 'GET', path: '/reports/{kind}' },
  verifyKey: { method: 'POST', path: '/keys/verify' },
} as const;

export type RouteName = keyof typeof paths;
