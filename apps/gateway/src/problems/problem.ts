import { ApiProperty } from '@nestjs/swagger';

export class ProblemField {
  @ApiProperty({
    description: 'Dotted, e.g. nics.0.ip; a query parameter’s or header’s name.',
    example: 'name',
  })
  field!: string;
  @ApiProperty({ example: 'there is no such field' }) message!: string;
}

/** RFC 9457 problem details. More members hold the numbers of `code`, where there are any. */
export class Problem {
  @ApiProperty({ example: 'urn:nubo:problem:invalid_input' }) type!: string;
  @ApiProperty({ example: 'The request is not valid' }) title!: string;
  @ApiProperty({ type: 'integer', example: 400 }) status!: number;
  @ApiProperty({ description: 'For the person who asked.', example: 'name: there is no such field' })
  detail!: string;
  @ApiProperty({ description: 'Stable: programs branch on it.', example: 'invalid_input' }) code!: string;
  @ApiProperty({ description: 'Names this request in the logs.' }) requestId!: string;
  @ApiProperty({ description: 'The path that was asked for.', example: '/iaas/vms' }) instance!: string;
  @ApiProperty({ type: () => [ProblemField], required: false, description: 'Every bad field.' })
  errors?: ProblemField[];
}

export const PROBLEM_JSON = 'application/problem+json';
