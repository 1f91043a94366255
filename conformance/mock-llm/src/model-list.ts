/** The answer of GET /v1/models. */
export const MODEL_LIST = {
  object: 'list',
  data: [{ id: 'mock-1', object: 'model', created: 1_700_000_000, owned_by: 'tokenwire' }],
};
