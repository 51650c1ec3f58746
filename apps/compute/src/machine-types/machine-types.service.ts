import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import {
  conflict,
  createMachineType,
  deleteMachineType,
  invalidFields,
  listMachineTypes,
  notFound,
  Nothing,
  updateMachineType,
  type ById,
  type CreateMachineType,
  type ListInput,
  type MachineTypeView,
  type NuboError,
  type Page,
  type RequestContext,
  type UpdateMachineType,
} from '@nubo/contracts';
import {
  assertVersion,
  filterOn,
  Intentions,
  pageOfQuery,
  principalOf,
  writtenByUser,
} from '@nubo/persistence';
import type { EntityManager } from 'typeorm';
import { MachineType } from '../../../../libs/entities/src/compute';
import { toMachineTypeView } from './machine-types.mapper';

const FILTER = filterOn(MachineType, listMachineTypes, { memory: 'memoryMib', disk: 'diskGib' });

const nameTaken = (): NuboError =>
  conflict('machine_type_name_taken', 'Another machine type has this name: choose one.');

/** Named sizes of VMs: administrators change them, everybody logged in sees them. VMs copy their numbers. */
@Injectable()
export class MachineTypesService {
  constructor(private readonly intentions: Intentions) {
    intentions.explain({ machine_types_name: nameTaken });
  }

  create(ctx: RequestContext, input: CreateMachineType): Promise<MachineTypeView> {
    return this.intentions.write(createMachineType, ctx, input, async ({ em }) => {
      const { name, vcpus, memory: memoryMib, disk: diskGib = null, description = '', metadata = {} } = input;
      const id = randomUUID();
      const said = { name, vcpus, memoryMib, diskGib, description, metadata };
      await em.insert(MachineType, { id, ...said, userId: principalOf(ctx).userId, state: 'ready' });
      return toMachineTypeView(await em.findOneByOrFail(MachineType, { id }));
    });
  }

  list(ctx: RequestContext, input: ListInput): Promise<Page<MachineTypeView>> {
    return this.intentions.read((em) =>
      pageOfQuery(em.createQueryBuilder(MachineType, 'type'), input, toMachineTypeView, FILTER.for(ctx)),
    );
  }

  get(id: string): Promise<MachineTypeView> {
    return this.intentions.read(async (em) => {
      const type = await em.findOneBy(MachineType, { id });
      if (!type) throw notFound('machine type', id);
      return toMachineTypeView(type);
    });
  }

  update(ctx: RequestContext, input: UpdateMachineType): Promise<MachineTypeView> {
    return this.intentions.write(updateMachineType, ctx, input, async ({ em }) => {
      const type = await locked(em, input.id);
      assertVersion(ctx, type);
      resize(type, input);
      writtenByUser(type, input);
      return toMachineTypeView(await em.save(type));
    });
  }

  delete(ctx: RequestContext, input: ById): Promise<Nothing> {
    return this.intentions.write(deleteMachineType, ctx, input, async ({ em }) => {
      assertVersion(ctx, await locked(em, input.id));
      await em.delete(MachineType, { id: input.id });
      return new Nothing();
    });
  }
}

async function locked(em: EntityManager, id: string): Promise<MachineType> {
  const type = await em.findOne(MachineType, { where: { id }, lock: { mode: 'pessimistic_write' } });
  if (!type) throw notFound('machine type', id);
  return type;
}

/** PUT merges: absent keeps, null clears. */
function resize(type: MachineType, { vcpus, memory, disk, description }: UpdateMachineType): void {
  if (vcpus !== undefined) type.vcpus = vcpus;
  if (memory !== undefined) type.memoryMib = memory;
  if (disk !== undefined) type.diskGib = disk;
  if (description !== undefined) type.description = description ?? '';
}

/** The type of that name. Throws `invalid` that names the field and the types that there are. */
export async function machineTypeNamed(em: EntityManager, name: string): Promise<MachineType> {
  const type = await em.findOneBy(MachineType, { name });
  if (type) return type;
  const all = await em.find(MachineType, { select: { name: true }, order: { name: 'ASC' } });
  const names = all.map((each) => each.name).join(', ');
  const message = names ? `must be one of: ${names}` : 'cannot be given: there is no machine type';
  throw invalidFields([{ field: 'machineType', message }]);
}
