/** What nginx is told of sites that run a program: Lua chooses a replica for each request (ingress.lua). */
export const NO_ANSWER = 'The site does not answer.\n';

/** In the block `http`; `dir` holds ingress.lua. */
export const programsOf = (
  dir: string,
): string => `  map $http_upgrade $connection_upgrade { '' ''; default upgrade; }
  lua_package_path '${dir}/?.lua;/usr/share/lua/5.1/?.lua;;';
  upstream program {
    server 0.0.0.1; # whom to ask, Lua says
    balancer_by_lua_block { require('ingress').balance() }
    keepalive 64;
  }
`;

/** In the server of sites. */
export const PROGRAM = `    if ($kind = program) { rewrite ^ /.nubo-program last; }
    location = /.nubo-program {
      internal;
      access_by_lua_block { require('ingress').find() }
      client_max_body_size 64m;
      proxy_pass http://program$request_uri;
      proxy_http_version 1.1;
      proxy_connect_timeout 2s;
      proxy_next_upstream error timeout;
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Host $http_host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
      error_page 502 504 @no-answer;
    }
    location @no-answer {
      default_type text/plain;
      return 502 '${NO_ANSWER.trim()}\\n';
    }
`;
