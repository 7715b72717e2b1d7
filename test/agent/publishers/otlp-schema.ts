/** OTLP's metrics as far as publishers use them (opentelemetry-proto 1.x), for a library that knows protobuf and its JSON. */
import protobuf from 'protobufjs'

const schema = `
  syntax = "proto3";
  message ExportMetricsServiceRequest { repeated ResourceMetrics resource_metrics = 1; }
  message ResourceMetrics { Resource resource = 1; repeated ScopeMetrics scope_metrics = 2; string schema_url = 3; }
  message Resource { repeated KeyValue attributes = 1; uint32 dropped_attributes_count = 2; }
  message ScopeMetrics { InstrumentationScope scope = 1; repeated Metric metrics = 2; string schema_url = 3; }
  message InstrumentationScope { string name = 1; string version = 2; repeated KeyValue attributes = 3; }
  message Metric {
    string name = 1; string description = 2; string unit = 3;
    oneof data { Gauge gauge = 5; Sum sum = 7; }
  }
  message Gauge { repeated NumberDataPoint data_points = 1; }
  message Sum {
    repeated NumberDataPoint data_points = 1; AggregationTemporality aggregation_temporality = 2; bool is_monotonic = 3;
  }
  enum AggregationTemporality { UNSPECIFIED = 0; DELTA = 1; CUMULATIVE = 2; }
  message NumberDataPoint {
    repeated KeyValue attributes = 7; fixed64 start_time_unix_nano = 2; fixed64 time_unix_nano = 3;
    oneof value { double as_double = 4; sfixed64 as_int = 6; }
    uint32 flags = 8;
  }
  message KeyValue { string key = 1; AnyValue value = 2; }
  message AnyValue { oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4; } }
`

const request = protobuf.parse(schema).root.lookupType('ExportMetricsServiceRequest')

/**
 * What a collector has of a JSON text, through its binary form and back. Whatever the schema does not know, or has another type for, is not in
 * it, or is different.
 */
export function asCollected(text: string): unknown {
  const message = request.fromObject(JSON.parse(text))
  const bytes = request.encode(message).finish()
  return request.toObject(request.decode(bytes), {
    longs: String,
    enums: Number,
    json: true,
    defaults: false,
  })
}
