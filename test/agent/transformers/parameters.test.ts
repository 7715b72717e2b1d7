import { describe, expect, test } from '@jest/globals'

import { problemsOf } from './support/bench.js'

describe('parameters of transformers', () => {
  test.each([
    [
      [{ name: 'accumulator', parameters: { size: 'many' } }],
      [
        "error BAD_PARAMETER 0.parameters.size: transformer 'accumulator': size must be a number; found 'many'",
      ],
    ],
    [
      [{ name: 'accumulator', parameters: { sise: 3 } }],
      [
        "warning BAD_PARAMETER 0.parameters.sise: transformer 'accumulator': there is no parameter sise here; it is ignored",
      ],
    ],
    [[{ name: 'accumulator' }], []],
    [[{ name: 'accumulator', parameters: null }], []],
    [
      [{ name: 'accumulator', parameters: [] }],
      ["error BAD_PARAMETER 0.parameters: 'parameters' must be a map"],
    ],
    [
      [{ name: 'accumulate' }],
      [
        'error UNKNOWN_TRANSFORMER 0.name: No transformer named accumulate loaded; there are accumulator, aggregator, arithmetic, delta, rate_of_change, unit_conversion',
      ],
    ],
    [['accumulator'], ["error WRONG_TYPE 0: a transformer is a map with 'name' and 'parameters'"]],
    [
      'accumulator',
      ["error WRONG_TYPE : 'transformers' must be a list of maps with 'name' and 'parameters'"],
    ],
    [null, []],
    [[], []],
    [
      [{ name: 'rate_of_change', parameters: { target: { scale: '100 * (', type: 'rate', unit: 1 } } }],
      [
        "error BAD_PARAMETER 0.parameters.target.unit: transformer 'rate_of_change': target.unit must be a text; found the number 1",
        "error BAD_PARAMETER 0.parameters.target.type: transformer 'rate_of_change': target.type must be one of gauge, delta, cumulative; found 'rate'",
        "error BAD_PARAMETER 0.parameters.target.scale: transformer 'rate_of_change': target.scale, column 8: expected a number, a name or a parenthesis; found the end",
      ],
    ],
    [
      [{ name: 'unit_conversion', parameters: { target: { scale: 'volum * 2' } } }],
      [
        "error BAD_PARAMETER 0.parameters.target.scale: transformer 'unit_conversion': target.scale, column 1: 'volum' is unknown here; there are id, monotonic_time, name, project_id, project_name, resource_id, resource_metadata, source, timestamp, type, unit, user_id, user_name, volume",
      ],
    ],
    [
      [{ name: 'unit_conversion', parameters: { target: { scale: '$(cpu) * 2' } } }],
      [
        "error BAD_PARAMETER 0.parameters.target.scale: transformer 'unit_conversion': target.scale: $(cpu) is for arithmetic; here are only the fields of one sample",
      ],
    ],
    [
      [
        {
          name: 'unit_conversion',
          parameters: { source: { map_from: { name: '(' } }, target: { map_to: { name: 'x' } } },
        },
      ],
      [
        expect.stringMatching(
          /^error BAD_PARAMETER 0\.parameters\.source\.map_from\.name: transformer 'unit_conversion': source\.map_from\.name and target\.map_to\.name: /,
        ),
      ],
    ],
    [
      [{ name: 'delta', parameters: { growth_only: 'yes' } }],
      [
        "error BAD_PARAMETER 0.parameters.growth_only: transformer 'delta': growth_only must be true or false; found 'yes'",
      ],
    ],
    [
      [{ name: 'delta', parameters: { cache_size: 0 } }],
      [
        "error BAD_PARAMETER 0.parameters.cache_size: transformer 'delta': cache_size must be more than 0; found the number 0",
      ],
    ],
    [
      [{ name: 'aggregator', parameters: { user_id: 'all' } }],
      [
        "warning BAD_PARAMETER 0.parameters.user_id: transformer 'aggregator': user_id is last or first; anything else means last",
      ],
    ],
    [
      [{ name: 'arithmetic', parameters: { target: { expr: '1 + 2' } } }],
      [
        "error BAD_PARAMETER 0.parameters.target.expr: transformer 'arithmetic': target.expr must use at least one meter, written $(meter.name)",
      ],
    ],
    [
      [{ name: 'arithmetic', parameters: { target: { expr: '$(a) + b' } } }],
      [
        "error BAD_PARAMETER 0.parameters.target.expr: transformer 'arithmetic': target.expr, column 8: 'b' is unknown here; meters are written $(b)",
      ],
    ],
    [[{ name: 'arithmetic' }], [expect.stringContaining('target.expr')]],
  ])('%j', (transformers, expected) => {
    expect(problemsOf(transformers)).toEqual(expected)
  })
})
