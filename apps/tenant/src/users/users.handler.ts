import { Controller } from '@nestjs/common';
import {
  ById,
  createUser,
  CreateUser,
  deleteUser,
  findUser,
  FindUser,
  getPrincipal,
  getUser,
  ListInput,
  listUsers,
  nameUsers,
  NameUsers,
  ResolvedUser,
  resolveUser,
  ResolveUser,
  updateUser,
  UpdateUser,
  UserView,
  type Page,
  type PrincipalView,
  type RequestContext,
} from '@nubo/contracts';
import { Handles } from '@nubo/messaging';
import { UserNamesService } from './user-names.service';
import { UserAdditions } from './user-additions.service';
import { UserChanges } from './user-changes.service';
import { UsersService } from './users.service';

@Controller()
export class UsersHandler {
  constructor(
    private readonly users: UsersService,
    private readonly additions: UserAdditions,
    private readonly changes: UserChanges,
    private readonly names: UserNamesService,
  ) {}

  @Handles(createUser) create(ctx: RequestContext, input: CreateUser): Promise<UserView> {
    return this.additions.create(ctx, input);
  }

  @Handles(listUsers) list(ctx: RequestContext, input: ListInput): Promise<Page<UserView>> {
    return this.users.list(ctx, input);
  }

  @Handles(getUser) get(ctx: RequestContext, input: ById): Promise<UserView> {
    return this.users.get(ctx, input);
  }

  @Handles(updateUser) update(ctx: RequestContext, input: UpdateUser): Promise<UserView> {
    return this.changes.update(ctx, input);
  }

  @Handles(deleteUser) delete(ctx: RequestContext, input: ById): Promise<UserView> {
    return this.users.delete(ctx, input);
  }

  @Handles(resolveUser) resolve(ctx: RequestContext, input: ResolveUser): Promise<ResolvedUser> {
    return this.names.resolve(ctx, input);
  }

  @Handles(findUser) find(_ctx: RequestContext, input: FindUser): Promise<Page<ResolvedUser>> {
    return this.names.find(input);
  }

  @Handles(getPrincipal) principal(_ctx: RequestContext, input: ById): Promise<PrincipalView> {
    return this.names.principal(input);
  }

  @Handles(nameUsers) name(_ctx: RequestContext, input: NameUsers): Promise<Page<ResolvedUser>> {
    return this.names.names(input);
  }
}
