import { Children, Id, Int, Name, Time } from '../wire/fields';
import { operation } from '../wire/operation';
import { ById } from '../wire/resource';

export class ReadTraffic extends ById {
  @Int(1, 1440, { optional: true, description: 'How many of the last minutes; default 60.' })
  minutes?: number;
}

export class TrafficMinute {
  @Time({ description: 'When its minutes begin.' }) minute!: string;
  @Id() instanceId!: string;
  @Name() location!: string;
  @Int(0, Number.MAX_SAFE_INTEGER) requests!: number;
  @Int(0, Number.MAX_SAFE_INTEGER) bytes!: number;
  @Int(0, Number.MAX_SAFE_INTEGER, { description: 'Answered without asking the origin.' }) hits!: number;
  @Int(0, Number.MAX_SAFE_INTEGER) errors!: number;
}

export class TrafficView {
  @Id() id!: string;
  @Int(1, 60, { description: 'How many minutes one entry sums: more than one when there would be too many.' })
  stepMinutes!: number;
  @Children(() => TrafficMinute, 100_000) minutes!: TrafficMinute[];
}

export const readTraffic = operation('cdn.distributions.traffic', ReadTraffic, TrafficView);
