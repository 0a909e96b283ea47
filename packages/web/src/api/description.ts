// Made by `node scripts/web-types.mjs` out of the API's description: not to be edited.
export interface paths {
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Whether the panel is alive
         * @description Open to all.
         */
        get: operations["getHealthz"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Whether the panel can serve: its database answers and is of this release
         * @description Open to all.
         */
        get: operations["getReadyz"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Figures for Prometheus
         * @description For who holds METRICS_TOKEN or `monitoring-view` on all servers, and for this machine while nobody else reaches the panel.
         */
        get: operations["getMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Log in; the answer sets the cookie
         * @description Open to all.
         */
        post: operations["postAuthLogin"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * End this login
         * @description Needs a login: no API key will do.
         */
        post: operations["postAuthLogout"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who I am and what I may do
         * @description Open to every login and API key.
         */
        get: operations["getAuthMe"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Choose a new password; every other login ends
         * @description Needs a login: no API key will do.
         */
        post: operations["postAuthPassword"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/password-reset": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Have a link for a new password mailed; the answer is the same for every address
         * @description Open to all.
         */
        post: operations["postAuthPasswordReset"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/password-reset/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Choose a new password by a mailed link; every login ends, a second factor stays
         * @description Open to all.
         */
        post: operations["postAuthPasswordResetConfirm"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/email": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask for another e-mail address; a link is mailed to it
         * @description Needs a login: no API key will do.
         */
        post: operations["postAuthEmail"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/email/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Confirm the new e-mail address by its mailed link
         * @description Needs a login: no API key will do.
         */
        post: operations["postAuthEmailConfirm"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * My logins
         * @description Needs a login: no API key will do.
         */
        get: operations["getAuthSessions"];
        put?: never;
        post?: never;
        /**
         * End all my logins but this one
         * @description Needs a login: no API key will do.
         */
        delete: operations["deleteAuthSessions"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/sessions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * End one of my logins
         * @description Needs a login: no API key will do.
         */
        delete: operations["deleteAuthSessionsById"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/totp": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Begin a second factor: a secret for an app
         * @description Needs a login: no API key will do.
         */
        post: operations["postAuthTotp"];
        /**
         * Remove my second factor; every other login ends
         * @description Needs a login: no API key will do.
         */
        delete: operations["deleteAuthTotp"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/totp/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Put it in force with the app's first code; every other login ends
         * @description Needs a login: no API key will do.
         */
        post: operations["postAuthTotpConfirm"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/totp/recovery-codes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * New recovery codes in place of those before
         * @description Needs a login: no API key will do.
         */
        post: operations["postAuthTotpRecoveryCodes"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/api-keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * My API keys
         * @description Needs a login: no API key will do.
         */
        get: operations["getApiKeys"];
        put?: never;
        /**
         * A new API key; send `code` if you have a second factor, else `currentPassword`
         * @description Needs a login: no API key will do.
         */
        post: operations["postApiKeys"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/api-keys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Delete one of my API keys; what it opened ends
         * @description Needs a login: no API key will do.
         */
        delete: operations["deleteApiKeysById"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{id}/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A user's logins
         * @description Needs the permission `user-view`.
         */
        get: operations["getUsersByIdSessions"];
        put?: never;
        post?: never;
        /**
         * End all of a user's logins
         * @description Needs the permission `user-update`.
         */
        delete: operations["deleteUsersByIdSessions"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{id}/sessions/{sessionId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * End one of a user's logins
         * @description Needs the permission `user-update`.
         */
        delete: operations["deleteUsersByIdSessionsBySessionId"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{id}/totp": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Take a lost second factor away from somebody; all their logins end
         * @description Needs the permission `user-update`.
         */
        delete: operations["deleteUsersByIdTotp"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/permissions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Every permission there is
         * @description Open to every login and API key.
         */
        get: operations["getPermissions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/roles": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * All roles, what they give, and how many users have them
         * @description Needs the permission `admin-roles`.
         */
        get: operations["getRoles"];
        put?: never;
        /**
         * A new role; it gives nothing that its maker lacks
         * @description Needs the permission `admin-roles`.
         */
        post: operations["postRoles"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/roles/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One role
         * @description Needs the permission `admin-roles`.
         */
        get: operations["getRolesById"];
        put?: never;
        post?: never;
        /**
         * Delete a role that nobody has, or whose users get another
         * @description Needs the permission `admin-roles`.
         */
        delete: operations["deleteRolesById"];
        options?: never;
        head?: never;
        /**
         * Change a role, for all who have it; `permissions` takes the place of all it gave
         * @description Needs the permission `admin-roles`.
         */
        patch: operations["patchRolesById"];
        trace?: never;
    };
    "/api/v1/users/{id}/permissions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What a user may do beside the role, or may not
         * @description Needs the permission `admin-roles`.
         */
        get: operations["getUsersByIdPermissions"];
        /**
         * The whole list at once; nobody grants what they lack, or changes their own
         * @description Needs the permission `admin-roles`.
         */
        put: operations["putUsersByIdPermissions"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/servers/{id}/members": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who shares a server with its owner; who does not manage them sees only oneself
         * @description Needs the permission `server-view` on the server.
         */
        get: operations["getServersByIdMembers"];
        put?: never;
        /**
         * Invite somebody, also by a mail; the answer is the same whether there is such a user or not
         * @description Needs the permission `server-update` on the server.
         */
        post: operations["postServersByIdMembers"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/servers/{id}/members/{userId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Remove a member, or leave
         * @description Needs the permission `server-view` on the server.
         */
        delete: operations["deleteServersByIdMembersByUserId"];
        options?: never;
        head?: never;
        /**
         * What a member may do, all of it; what is denied to the user stays denied
         * @description Needs the permission `server-update` on the server.
         */
        patch: operations["patchServersByIdMembersByUserId"];
        trace?: never;
    };
    "/api/v1/servers/{id}/invitations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The open invitations of a server
         * @description Needs the permission `server-view` on the server.
         */
        get: operations["getServersByIdInvitations"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/servers/{id}/invitations/{invitationId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Withdraw an invitation
         * @description Needs the permission `server-update` on the server.
         */
        delete: operations["deleteServersByIdInvitationsByInvitationId"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/invitations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The servers that I am invited to, by my username or e-mail address
         * @description Needs a login: no API key will do.
         */
        get: operations["getInvitations"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/invitations/{id}/accept": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Become a member; what the inviter has lost since is not given
         * @description Needs a login: no API key will do.
         */
        post: operations["postInvitationsByIdAccept"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/invitations/{id}/decline": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Decline an invitation
         * @description Needs a login: no API key will do.
         */
        post: operations["postInvitationsByIdDecline"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The users
         * @description Needs the permission `user-view`.
         */
        get: operations["getUsers"];
        put?: never;
        /**
         * A new user, who may do nothing that its maker may not
         * @description Needs the permission `user-create`.
         */
        post: operations["postUsers"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One user
         * @description Needs the permission `user-view`.
         */
        get: operations["getUsersById"];
        put?: never;
        post?: never;
        /**
         * Delete a user who owns no server, or the servers first and then the user
         * @description Needs the permission `user-delete`.
         */
        delete: operations["deleteUsersById"];
        options?: never;
        head?: never;
        /**
         * Change a user; another role, and disabling, end all logins; enabling calls off a deletion
         * @description Needs the permission `user-update`.
         */
        patch: operations["patchUsersById"];
        trace?: never;
    };
    "/api/v1/audit-logs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who did what, newest first
         * @description Needs the permission `admin-audit`.
         */
        get: operations["getAuditLogs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit-logs/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * All of it that fits, newest first: a line of JSON each
         * @description Needs the permission `admin-audit`.
         */
        get: operations["getAuditLogsExport"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/system/database": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How the database is: its size, connections, and what takes it long
         * @description Needs the permission `admin-settings`.
         */
        get: operations["getSystemDatabase"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/agent/v1/connect": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * WebSocket: what agents and the panel say is in docs/protocol.md
         * @description Open to all.
         */
        get: operations["getAgentV1Connect"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/agent/v1/enroll": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A machine becomes a node, once for each token
         * @description Open to all.
         */
        post: operations["postAgentV1Enroll"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/agent/v1/install.sh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Installs the agent; the enrolment line runs it
         * @description Open to all.
         */
        get: operations["getAgentV1InstallSh"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/agent/v1/agent.mjs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The agent in one file, for Node 20.19 and newer
         * @description Open to all.
         */
        get: operations["getAgentV1AgentMjs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/nodes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * All nodes
         * @description Needs the permission `admin-nodes`.
         */
        get: operations["getNodes"];
        put?: never;
        /**
         * A new node; the answer has the line to paste on the machine
         * @description Needs the permission `admin-nodes`.
         */
        post: operations["postNodes"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/nodes/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One node
         * @description Needs the permission `admin-nodes`.
         */
        get: operations["getNodesById"];
        put?: never;
        post?: never;
        /**
         * Delete a node that has no servers; its agent is cut off
         * @description Needs the permission `admin-nodes`.
         */
        delete: operations["deleteNodesById"];
        options?: never;
        head?: never;
        /**
         * Change a node
         * @description Needs the permission `admin-nodes`.
         */
        patch: operations["patchNodesById"];
        trace?: never;
    };
    "/api/v1/nodes/{id}/enrollment-tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A new line to paste, for a machine that joins or joins again
         * @description Needs the permission `admin-nodes`.
         */
        post: operations["postNodesByIdEnrollmentTokens"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/nodes/{id}/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Refuse the node's key from now on; games run on
         * @description Needs the permission `admin-nodes`.
         */
        post: operations["postNodesByIdRevoke"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/nodes/{id}/declare-lost": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Give a node up for good: its open commands become UNKNOWN
         * @description Needs the permission `admin-nodes`.
         */
        post: operations["postNodesByIdDeclareLost"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/nodes/{id}/allocations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The addresses and ports of a node
         * @description Needs the permission `admin-nodes`.
         */
        get: operations["getNodesByIdAllocations"];
        put?: never;
        /**
         * Add ports to a node: all of them or none
         * @description Needs the permission `admin-nodes`.
         */
        post: operations["postNodesByIdAllocations"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/nodes/{id}/allocations/{allocationId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Take a port away that no server uses
         * @description Needs the permission `admin-nodes`.
         */
        delete: operations["deleteNodesByIdAllocationsByAllocationId"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ctrls": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Game categories
         * @description Open to every login and API key.
         */
        get: operations["getCtrls"];
        put?: never;
        /**
         * A new game category
         * @description Needs the permission `admin-templates`.
         */
        post: operations["postCtrls"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ctrls/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One game category
         * @description Open to every login and API key.
         */
        get: operations["getCtrlsById"];
        put?: never;
        post?: never;
        /**
         * Delete an empty game category
         * @description Needs the permission `admin-templates`.
         */
        delete: operations["deleteCtrlsById"];
        options?: never;
        head?: never;
        /**
         * Change a game category
         * @description Needs the permission `admin-templates`.
         */
        patch: operations["patchCtrlsById"];
        trace?: never;
    };
    "/api/v1/ctrls/{id}/alts/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A template from an egg, the file of other panels: its text, or its address
         * @description Needs the permission `admin-templates`.
         */
        post: operations["postCtrlsByIdAltsImport"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ctrls/{id}/alts/import-many": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Templates from many eggs: each is taken or refused for itself
         * @description Needs the permission `admin-templates`.
         */
        post: operations["postCtrlsByIdAltsImportMany"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Templates of games
         * @description Open to every login and API key.
         */
        get: operations["getAlts"];
        put?: never;
        /**
         * A new template
         * @description Needs the permission `admin-templates`.
         */
        post: operations["postAlts"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alts/{id}/icon/{hash}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The picture of a template; its address is in the template
         * @description Open to every login and API key.
         */
        get: operations["getAltsByIdIconByHash"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alts/{id}/versions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The versions of a template and what changed
         * @description Open to every login and API key.
         */
        get: operations["getAltsByIdVersions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alts/{id}/versions/{version}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A template as a version has it
         * @description Open to every login and API key.
         */
        get: operations["getAltsByIdVersionsByVersion"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alts/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One template
         * @description Open to every login and API key.
         */
        get: operations["getAltsById"];
        put?: never;
        post?: never;
        /**
         * Delete a template that no server uses
         * @description Needs the permission `admin-templates`.
         */
        delete: operations["deleteAltsById"];
        options?: never;
        head?: never;
        /**
         * Change a template; its servers stay on the version that they are on
         * @description Needs the permission `admin-templates`.
         */
        patch: operations["patchAltsById"];
        trace?: never;
    };
    "/api/v1/alt-tags": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What templates are found by
         * @description Open to every login and API key.
         */
        get: operations["getAltTags"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alts/{id}/update": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Whether there is a newer file where the egg of a template came from
         * @description Needs the permission `admin-templates`.
         */
        get: operations["getAltsByIdUpdate"];
        put?: never;
        /**
         * Takes the file that is there now; servers stay on their version
         * @description Needs the permission `admin-templates`.
         */
        post: operations["postAltsByIdUpdate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alts/{id}/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A template as an egg, for this and for other panels
         * @description Needs the permission `admin-templates`.
         */
        get: operations["getAltsByIdExport"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/servers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The servers that I may see
         * @description Needs the permission `server-view` on some server.
         */
        get: operations["getServers"];
        put?: never;
        /**
         * A new server; the command installs it
         * @description Needs the permission `server-create`.
         */
        post: operations["postServers"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/servers/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One server
         * @description Needs the permission `server-view` on the server.
         */
        get: operations["getServersById"];
        put?: never;
        post?: never;
        /**
         * Delete a server and its files
         * @description Needs the permission `server-delete` on the server.
         */
        delete: operations["deleteServersById"];
        options?: never;
        head?: never;
        /**
         * Change a server; a game that runs follows at its next start
         * @description Needs the permission `server-update` on the server.
         */
        patch: operations["patchServersById"];
        trace?: never;
    };
    "/api/v1/servers/{id}/power": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Start, stop, restart or kill a server
         * @description Needs the permission `server-power` on the server.
         */
        post: operations["postServersByIdPower"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/servers/{id}/reinstall": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Stop a server and run its alt's install script again
         * @description Needs the permission `server-reinstall` on the server.
         */
        post: operations["postServersByIdReinstall"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/servers/{id}/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The newest sample of what a server uses
         * @description Needs the permission `monitoring-view` on the server.
         */
        get: operations["getServersByIdStats"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/servers/{id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What happened to a server, newest first
         * @description Needs the permission `server-view` on the server.
         */
        get: operations["getServersByIdEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/servers/{id}/allocations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Give a server a port; a game that runs follows at its next start
         * @description Needs the permission `network-allocate` on the server.
         */
        post: operations["postServersByIdAllocations"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/servers/{id}/allocations/{allocationId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Take a port from a server, which is not the primary one; its node keeps it
         * @description Needs the permission `network-allocate` on the server.
         */
        delete: operations["deleteServersByIdAllocationsByAllocationId"];
        options?: never;
        head?: never;
        /**
         * Make this the port that players use
         * @description Needs the permission `network-allocate` on the server.
         */
        patch: operations["patchServersByIdAllocationsByAllocationId"];
        trace?: never;
    };
    "/api/v1/servers/{id}/commands": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What a server was told, newest first
         * @description Needs the permission `server-view` on the server.
         */
        get: operations["getServersByIdCommands"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/commands/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One command and its outcome; of servers that I may see
         * @description Open to every login and API key.
         */
        get: operations["getCommandsById"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/commands/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Call a command off: at once while it waits, later if the node can
         * @description Open to every login and API key.
         */
        post: operations["postCommandsByIdCancel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/servers/{id}/logs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A page of a server's stored console
         * @description Needs the permission `console-read` on the server.
         */
        get: operations["getServersByIdLogs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/servers/{id}/console": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * WebSocket: ConsoleClientMessage one way, ConsoleServerMessage the other
         * @description Needs the permission `console-read` on the server.
         */
        get: operations["getServersByIdConsole"];
        put?: never;
        /**
         * Type one line into a server's console
         * @description Needs the permission `console-send` on the server.
         */
        post: operations["postServersByIdConsole"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/servers/{id}/stats/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What a server has used, from the samples that are kept
         * @description Needs the permission `monitoring-view` on the server.
         */
        get: operations["getServersByIdStatsHistory"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/nodes/{id}/stats/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What a node has used, from the samples that are kept
         * @description Needs the permission `admin-nodes`.
         */
        get: operations["getNodesByIdStatsHistory"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * WebSocket: an EventMessage for each change that I may see
         * @description Open to every login and API key.
         */
        get: operations["getEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** What a browser says on /servers/{id}/console */
        ConsoleClientMessage: {
            /** @enum {string} */
            type: "subscribe";
            /** @description Lines from this position on; without it the newest screenful. */
            after?: number;
        } | {
            /** @enum {string} */
            type: "input";
            /** @description One line without its end, at most 4096 bytes. */
            line: string;
        };
        /** What the panel says on /servers/{id}/console */
        ConsoleServerMessage: {
            /** @enum {string} */
            type: "lines";
            lines: {
                position: number;
                /** Format: date-time */
                at: string;
                /** @enum {string} */
                stream: "stdout" | "stderr";
                /** @description Colours are left in; other terminal sequences are dropped. */
                line: string;
            }[];
        } | {
            /** @enum {string} */
            type: "status";
            status: components["schemas"]["ServerStatus"];
            reason: string | null;
            startedAt: string | null;
        } | {
            /** @enum {string} */
            type: "stats";
            stats: components["schemas"]["Stats"];
        } | {
            /** @enum {string} */
            type: "gap";
            from: number;
            to: number;
        } | {
            /** @enum {string} */
            type: "error";
            code: string;
            message: string;
        };
        /**
         * What the panel says on /events
         * @description After a reconnect read the lists again, and say again what is watched.
         */
        EventMessage: {
            /** @enum {string} */
            type: "server.status";
            serverId: string;
            nodeId: string | null;
            status: components["schemas"]["ServerStatus"];
            reason: string | null;
            startedAt: string | null;
        } | {
            /** @enum {string} */
            type: "server.deleted";
            serverId: string;
        } | {
            /** @enum {string} */
            type: "node.status";
            nodeId: string;
            status: components["schemas"]["NodeStatus"];
        } | {
            /** @enum {string} */
            type: "command";
            command: components["schemas"]["Command"];
        } | {
            /** @enum {string} */
            type: "access.changed";
            serverId: string | null;
        } | {
            /** @enum {string} */
            type: "server.stats";
            serverId: string;
            stats: components["schemas"]["Stats"];
        } | {
            /** @enum {string} */
            type: "node.resources";
            nodeId: string;
            resources: {
                cpuCores: number;
                cpuPercent: number;
                memoryTotalMiB: number;
                memoryUsedMiB: number;
                diskTotalMiB: number;
                diskUsedMiB: number;
                diskFull?: boolean;
                loadAverage: number[];
                networkRxBytes: number;
                networkTxBytes: number;
                uptimeSeconds: number;
                docker: {
                    version: string;
                    apiVersion: string;
                    liveRestore: boolean;
                    storageDriver: string;
                    cgroupVersion: string;
                } | null;
                dockerProblem: string | null;
            };
        } | {
            /** @enum {string} */
            type: "error";
            code: string;
            message: string;
        };
        /**
         * What a browser says on /events
         * @description It replaces what was asked for before. What I may not see is left out silently.
         */
        EventsClientMessage: {
            /** @enum {string} */
            type: "watch";
            /** @description Whose samples I want from now on. */
            servers: string[];
            /** @description Whose resources I want from now on. */
            nodes: string[];
        };
        Account: {
            id: string;
            username: string;
            email: string;
            role: string;
            mustChangePassword: boolean;
            /** @description Whether there is a second factor. */
            hasTotp: boolean;
            /** @description The role demands a second factor first. */
            mustSetUpTotp: boolean;
            /** Format: date-time */
            createdAt: string;
        };
        Allocation: {
            id: string;
            nodeId: string;
            ip: string;
            port: number;
            /** @enum {string} */
            protocol: "tcp" | "udp" | "both";
            isPrimary: boolean;
            serverId: string | null;
            serverName: string | null;
            /** Format: date-time */
            createdAt: string;
        };
        Alt: {
            id: string;
            ctrlId: string;
            ctrlName: string;
            name: string;
            description: string;
            dockerImage: string;
            dockerImages: {
                [key: string]: string;
            };
            startup: string;
            /**
             * @description ARGV: the line is split into arguments, no shell sees it. SHELL_ENV: the image expands the environment variable STARTUP itself.
             * @enum {string}
             */
            startupMode: "ARGV" | "SHELL_ENV";
            config: {
                /** @description Output that means "ready to play", regex:… an expression of it; none: ready as soon as it is started. */
                done: string[];
                tty: boolean;
                readOnlyRoot: boolean;
                stop: {
                    /** @enum {string} */
                    type: "command";
                    value: string;
                    /** @description A game that has not ended by then is killed. */
                    graceSeconds: number;
                } | {
                    /** @enum {string} */
                    type: "signal";
                    /** @enum {string} */
                    value: "SIGINT" | "SIGTERM" | "SIGQUIT" | "SIGHUP" | "SIGUSR1" | "SIGUSR2" | "SIGABRT" | "SIGKILL";
                    /** @description A game that has not ended by then is killed. */
                    graceSeconds: number;
                };
                /** @description What is put into files of the server before each start, in this order; paths are from the server's folder. Only for who keeps the templates. */
                files?: {
                    path: string;
                    parser: string;
                    createFile?: boolean;
                    find: {
                        match: string;
                        ifValue?: string;
                        replaceWith: string | number | boolean;
                    }[];
                }[];
            };
            install: {
                image: string;
                entrypoint: string;
                script: string;
            } | null;
            features: string[];
            tags: string[];
            icon: string | null;
            /** @description Only those that users may see, unless the caller keeps templates or may change all servers. */
            variables: {
                name: string;
                envVariable: string;
                description: string;
                defaultValue: string;
                rules: string[];
                userViewable: boolean;
                userEditable: boolean;
            }[];
            version: number;
            serversCount: number;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            updatedAt: string;
        };
        ApiKey: {
            id: string;
            name: string;
            permissions: string[] | null;
            allowedIps: string[];
            expiresAt: string | null;
            lastUsedAt: string | null;
            /** Format: date-time */
            createdAt: string;
        };
        AuditRow: {
            id: string;
            /** Format: date-time */
            at: string;
            actor: {
                /** @enum {string} */
                type: "USER" | "API_KEY" | "AGENT" | "SYSTEM";
                id: string | null;
                name: string | null;
                userId: string | null;
                username: string | null;
            };
            /** @enum {string} */
            actorType: "USER" | "API_KEY" | "AGENT" | "SYSTEM";
            actorId: string | null;
            actorName: string | null;
            action: string;
            targetType: string | null;
            targetId: string | null;
            ip: string | null;
            before: unknown;
            after: unknown;
            requestId: string | null;
        };
        Command: {
            id: string;
            nodeId: string;
            serverId: string | null;
            kind: string;
            /** @enum {string} */
            status: "QUEUED" | "DISPATCHED" | "ACKED" | "RUNNING" | "SUCCEEDED" | "FAILED" | "UNKNOWN" | "EXPIRED" | "CANCELLED";
            /** Format: date-time */
            createdAt: string;
            startedAt: string | null;
            finishedAt: string | null;
            errorCode: string | null;
            errorMessage: string | null;
            progress: unknown;
            result: unknown;
        };
        Ctrl: {
            id: string;
            name: string;
            description: string;
            altsCount: number;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            updatedAt: string;
        };
        Enrollment: {
            /** @description Works once. */
            token: string;
            /** Format: date-time */
            expiresAt: string;
            /** @description The line to paste on the machine, as root. */
            command: string;
            /** @description The panel's public key, which the line pins. */
            panelKey: string;
            warning?: string;
        };
        Error: {
            /** @description Part of the API: it never changes. */
            code: string;
            /** @description For people; it may change. */
            message: string;
            details?: {
                field?: string;
                message: string;
                type?: string;
                id?: string;
                name?: string;
            }[];
            requestId: string;
        };
        Invitation: {
            id: string;
            invitee: string;
            permissions: string[];
            invitedBy: string;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            expiresAt: string;
        };
        Member: {
            userId: string;
            username: string;
            permissions: string[];
            /** Format: date-time */
            since: string;
        };
        MyInvitation: {
            id: string;
            server: {
                id: string;
                name: string;
            };
            permissions: string[];
            invitedBy: string;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            expiresAt: string;
        };
        Node: {
            id: string;
            name: string;
            status: components["schemas"]["NodeStatus"];
            ipAddress: string | null;
            port: number | null;
            hostname: string | null;
            agentVersion: string | null;
            resources: {
                cpuCores: number;
                cpuPercent: number;
                memoryTotalMiB: number;
                memoryUsedMiB: number;
                diskTotalMiB: number;
                diskUsedMiB: number;
                diskFull?: boolean;
                loadAverage: number[];
                networkRxBytes: number;
                networkTxBytes: number;
                uptimeSeconds: number;
                docker: {
                    version: string;
                    apiVersion: string;
                    liveRestore: boolean;
                    storageDriver: string;
                    cgroupVersion: string;
                } | null;
                dockerProblem: string | null;
            } | null;
            lastSeen: string | null;
            enrolledAt: string | null;
            maintenance: boolean;
            lostAt: string | null;
            journalLost: string | null;
            agentRefused: string | null;
            serversCount: number;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            updatedAt: string;
        };
        NodeDetail: {
            id: string;
            name: string;
            status: components["schemas"]["NodeStatus"];
            ipAddress: string | null;
            port: number | null;
            hostname: string | null;
            agentVersion: string | null;
            resources: {
                cpuCores: number;
                cpuPercent: number;
                memoryTotalMiB: number;
                memoryUsedMiB: number;
                diskTotalMiB: number;
                diskUsedMiB: number;
                diskFull?: boolean;
                loadAverage: number[];
                networkRxBytes: number;
                networkTxBytes: number;
                uptimeSeconds: number;
                docker: {
                    version: string;
                    apiVersion: string;
                    liveRestore: boolean;
                    storageDriver: string;
                    cgroupVersion: string;
                } | null;
                dockerProblem: string | null;
            } | null;
            lastSeen: string | null;
            enrolledAt: string | null;
            maintenance: boolean;
            lostAt: string | null;
            journalLost: string | null;
            agentRefused: string | null;
            serversCount: number;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            updatedAt: string;
            /** @description Containers with our name or labels that nobody wants. They are left alone. */
            orphans: {
                containerId: string;
                name: string;
                image: string;
                running: boolean;
                reason: string;
            }[];
        };
        /** @enum {string} */
        NodeStatus: "PENDING" | "ONLINE" | "SUSPECT" | "UNREACHABLE" | "QUARANTINED";
        Role: {
            id: string;
            name: string;
            description: string;
            /** @description It is neither renamed nor deleted. */
            isSystem: boolean;
            requiresTotp: boolean;
            /** @description ANY: everywhere. OWN: on the servers that one owns. Left out: not at all. */
            permissions: {
                /** @enum {string} */
                "server-view"?: "ANY" | "OWN";
                /** @enum {string} */
                "server-create"?: "ANY";
                /** @enum {string} */
                "server-update"?: "ANY" | "OWN";
                /** @enum {string} */
                "server-delete"?: "ANY" | "OWN";
                /** @enum {string} */
                "server-power"?: "ANY" | "OWN";
                /** @enum {string} */
                "server-reinstall"?: "ANY" | "OWN";
                /** @enum {string} */
                "server-transfer"?: "ANY" | "OWN";
                /** @enum {string} */
                "user-view"?: "ANY";
                /** @enum {string} */
                "user-create"?: "ANY";
                /** @enum {string} */
                "user-update"?: "ANY";
                /** @enum {string} */
                "user-delete"?: "ANY";
                /** @enum {string} */
                "admin-nodes"?: "ANY";
                /** @enum {string} */
                "admin-templates"?: "ANY";
                /** @enum {string} */
                "admin-roles"?: "ANY";
                /** @enum {string} */
                "admin-settings"?: "ANY";
                /** @enum {string} */
                "admin-audit"?: "ANY";
                /** @enum {string} */
                "file-read"?: "ANY" | "OWN";
                /** @enum {string} */
                "file-write"?: "ANY" | "OWN";
                /** @enum {string} */
                "file-delete"?: "ANY" | "OWN";
                /** @enum {string} */
                "file-archive"?: "ANY" | "OWN";
                /** @enum {string} */
                "console-read"?: "ANY" | "OWN";
                /** @enum {string} */
                "console-send"?: "ANY" | "OWN";
                /** @enum {string} */
                "backup-view"?: "ANY" | "OWN";
                /** @enum {string} */
                "backup-create"?: "ANY" | "OWN";
                /** @enum {string} */
                "backup-restore"?: "ANY" | "OWN";
                /** @enum {string} */
                "backup-delete"?: "ANY" | "OWN";
                /** @enum {string} */
                "database-view"?: "ANY" | "OWN";
                /** @enum {string} */
                "database-create"?: "ANY" | "OWN";
                /** @enum {string} */
                "database-delete"?: "ANY" | "OWN";
                /** @enum {string} */
                "network-view"?: "ANY" | "OWN";
                /** @enum {string} */
                "network-allocate"?: "ANY" | "OWN";
                /** @enum {string} */
                "monitoring-view"?: "ANY" | "OWN";
                /** @enum {string} */
                "monitoring-alerts"?: "ANY" | "OWN";
                /** @enum {string} */
                "plugin-view"?: "ANY" | "OWN";
                /** @enum {string} */
                "plugin-install"?: "ANY" | "OWN";
                /** @enum {string} */
                "plugin-configure"?: "ANY" | "OWN";
            };
            usersCount: number;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            updatedAt: string;
        };
        Server: {
            id: string;
            name: string;
            status: components["schemas"]["ServerStatus"];
            lastKnownStatus: components["schemas"]["ServerStatus"] | null;
            statusReason: string | null;
            /** @enum {string} */
            desiredState: "RUNNING" | "STOPPED" | "ABSENT";
            /** @enum {string} */
            installState: "PENDING" | "RUNNING" | "DONE" | "FAILED";
            suspendedAt: string | null;
            deletedAt: string | null;
            node: {
                id: string;
                name: string;
                status: components["schemas"]["NodeStatus"];
                ipAddress: string | null;
            } | null;
            alt: {
                id: string;
                name: string;
                /** @description What the server is made of, until it is moved. */
                version: number;
                newestVersion: number;
                hasUpdate: boolean;
            };
            owner: {
                id: string;
                username: string;
            };
            port: number | null;
            allocations: {
                id: string;
                ip: string;
                port: number;
                /** @enum {string} */
                protocol: "tcp" | "udp" | "both";
                isPrimary: boolean;
            }[];
            limits: {
                memoryMiB: number;
                swapMiB: number;
                cpuPercent: number;
                /** @description Measured and shown; not yet enforced. */
                diskMiB: number;
                pidsLimit: number;
            };
            dockerImage: string;
            dockerContainerId: string | null;
            startedAt: string | null;
            exitCode: number | null;
            oomKilled: boolean | null;
            crashCount: number;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            updatedAt: string;
            startup: string;
            environment: {
                [key: string]: string;
            } | null;
            /** @description How far the console is stored: a position. */
            consoleEnd: number;
            /** @description What I may do with this server, now. */
            permissions: string[];
        };
        ServerEvent: {
            id: string;
            /** Format: date-time */
            at: string;
            text: string;
        };
        /** @enum {string} */
        ServerStatus: "INSTALLING" | "INSTALL_FAILED" | "STOPPED" | "STARTING" | "RUNNING" | "STOPPING" | "CRASHED" | "UNKNOWN";
        ServerSummary: {
            id: string;
            name: string;
            status: components["schemas"]["ServerStatus"];
            lastKnownStatus: components["schemas"]["ServerStatus"] | null;
            statusReason: string | null;
            /** @enum {string} */
            desiredState: "RUNNING" | "STOPPED" | "ABSENT";
            /** @enum {string} */
            installState: "PENDING" | "RUNNING" | "DONE" | "FAILED";
            suspendedAt: string | null;
            deletedAt: string | null;
            node: {
                id: string;
                name: string;
                status: components["schemas"]["NodeStatus"];
                ipAddress: string | null;
            } | null;
            alt: {
                id: string;
                name: string;
                /** @description What the server is made of, until it is moved. */
                version: number;
                newestVersion: number;
                hasUpdate: boolean;
            };
            owner: {
                id: string;
                username: string;
            };
            port: number | null;
            allocations: {
                id: string;
                ip: string;
                port: number;
                /** @enum {string} */
                protocol: "tcp" | "udp" | "both";
                isPrimary: boolean;
            }[];
            limits: {
                memoryMiB: number;
                swapMiB: number;
                cpuPercent: number;
                /** @description Measured and shown; not yet enforced. */
                diskMiB: number;
                pidsLimit: number;
            };
            dockerImage: string;
            dockerContainerId: string | null;
            startedAt: string | null;
            exitCode: number | null;
            oomKilled: boolean | null;
            crashCount: number;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            updatedAt: string;
        };
        Session: {
            id: string;
            ip: string;
            userAgent: string;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            lastUsedAt: string;
            /** Format: date-time */
            expiresAt: string;
            isCurrent: boolean;
        };
        Stats: {
            /** Format: date-time */
            at: string;
            cpuPercent: number;
            memoryMiB: number;
            networkRxBytes: number;
            networkTxBytes: number;
            diskMiB: number;
            uptimeSeconds: number;
        };
        User: {
            id: string;
            username: string;
            email: string;
            role: string;
            serverLimit: number | null;
            mustChangePassword: boolean;
            disabledAt: string | null;
            deletingSince: string | null;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            updatedAt: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    getHealthz: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done: here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {string} */
                        status: "ok";
                    };
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getReadyz: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done: here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {string} */
                        status: "ready" | "not ready";
                        /** @enum {string} */
                        database: "ok" | "failed";
                        /** @enum {string} */
                        migrations: "ok" | "failed";
                    };
                };
            };
            /** @description Not just now. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {string} */
                        status: "ready" | "not ready";
                        /** @enum {string} */
                        database: "ok" | "failed";
                        /** @enum {string} */
                        migrations: "ok" | "failed";
                    };
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getMetrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done: here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    postAuthLogin: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description The username or the e-mail address. */
                    username: string;
                    password: string;
                    /** @description A code of the app, or a recovery code. */
                    totp?: string;
                };
            };
        };
        responses: {
            /** @description Done: here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        user: components["schemas"]["Account"];
                    };
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    postAuthLogout: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; there is nothing to say. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getAuthMe: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done: here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        user: components["schemas"]["Account"];
                        /** @description All that are held anywhere; `scopes` says where. */
                        permissions: string[];
                        scopes: {
                            [key: string]: "ANY" | "OWN" | "SERVERS";
                        };
                    };
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    postAuthPassword: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    currentPassword: string;
                    newPassword: string;
                    /** @description A code of the app, or a recovery code. */
                    code?: string;
                };
            };
        };
        responses: {
            /** @description Done: here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        user: components["schemas"]["Account"];
                    };
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    postAuthPasswordReset: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    email: string;
                };
            };
        };
        responses: {
            /** @description Begun; it is not over yet. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        message: string;
                    };
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    postAuthPasswordResetConfirm: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    token: string;
                    newPassword: string;
                };
            };
        };
        responses: {
            /** @description Done; there is nothing to say. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    postAuthEmail: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    newEmail: string;
                    currentPassword: string;
                    /** @description A code of the app, or a recovery code. */
                    code?: string;
                };
            };
        };
        responses: {
            /** @description Begun; it is not over yet. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        message: string;
                    };
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    postAuthEmailConfirm: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    token: string;
                };
            };
        };
        responses: {
            /** @description Done; there is nothing to say. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getAuthSessions: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
                sort?: "-createdAt";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done: here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Session"][];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    deleteAuthSessions: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key again, within a day, gets the first answer and does nothing. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; there is nothing to say. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    deleteAuthSessionsById: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key again, within a day, gets the first answer and does nothing. */
                "idempotency-key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; there is nothing to say. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    postAuthTotp: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key again, within a day, gets the first answer and does nothing. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    currentPassword: string;
                };
            };
        };
        responses: {
            /** @description Done: here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description In Base32, to be typed into an app. */
                        secret: string;
                        /** @description otpauth://, to be shown as a QR code. */
                        uri: string;
                    };
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    deleteAuthTotp: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key again, within a day, gets the first answer and does nothing. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    currentPassword: string;
                    /** @description A code of the app, or a recovery code. */
                    code: string;
                };
            };
        };
        responses: {
            /** @description Done; there is nothing to say. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    postAuthTotpConfirm: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key again, within a day, gets the first answer and does nothing. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    code: string;
                };
            };
        };
        responses: {
            /** @description Done: here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Each opens the account once in place of a code. They are not shown again. */
                        recoveryCodes: string[];
                    };
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    postAuthTotpRecoveryCodes: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key again, within a day, gets the first answer and does nothing. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    currentPassword: string;
                    /** @description A code of the app, or a recovery code. */
                    code: string;
                };
            };
        };
        responses: {
            /** @description Done: here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Each opens the account once in place of a code. They are not shown again. */
                        recoveryCodes: string[];
                    };
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getApiKeys: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
                sort?: "-createdAt";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done: here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["ApiKey"][];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    postApiKeys: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key again, within a day, gets the first answer and does nothing. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    name: string;
                    permissions?: ("server-view" | "server-create" | "server-update" | "server-delete" | "server-power" | "server-reinstall" | "server-transfer" | "user-view" | "user-create" | "user-update" | "user-delete" | "admin-nodes" | "admin-templates" | "admin-roles" | "admin-settings" | "admin-audit" | "file-read" | "file-write" | "file-delete" | "file-archive" | "console-read" | "console-send" | "backup-view" | "backup-create" | "backup-restore" | "backup-delete" | "database-view" | "database-create" | "database-delete" | "network-view" | "network-allocate" | "monitoring-view" | "monitoring-alerts" | "plugin-view" | "plugin-install" | "plugin-configure")[] | null;
                    /** @description Addresses or ranges such as 192.0.2.0/24 or 2001:db8::/32; none: from anywhere. */
                    allowedIps?: string[];
                    expiresAt?: string | null;
                    currentPassword?: string;
                    /** @description A code of the app, or a recovery code. */
                    code?: string;
                };
            };
        };
        responses: {
            /** @description Made: here it is. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        apiKey: components["schemas"]["ApiKey"];
                        /** @description For `Authorization: Bearer …`. It is not shown again. */
                        secret: string;
                    };
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    deleteApiKeysById: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key again, within a day, gets the first answer and does nothing. */
                "idempotency-key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; there is nothing to say. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getUsersByIdSessions: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
                sort?: "-createdAt";
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done: here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Session"][];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    deleteUsersByIdSessions: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key again, within a day, gets the first answer and does nothing. */
                "idempotency-key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; there is nothing to say. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    deleteUsersByIdSessionsBySessionId: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key again, within a day, gets the first answer and does nothing. */
                "idempotency-key"?: string;
            };
            path: {
                id: string;
                sessionId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; there is nothing to say. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    deleteUsersByIdTotp: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key again, within a day, gets the first answer and does nothing. */
                "idempotency-key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; there is nothing to say. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getPermissions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done: here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            name: string;
                            category: string;
                            description: string;
                        }[];
                        nextCursor: null;
                    };
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getRoles: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
                sort?: "name" | "-name" | "createdAt" | "-createdAt";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done: here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Role"][];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    postRoles: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key again, within a day, gets the first answer and does nothing. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    name: string;
                    description?: string;
                    /** @description ANY: everywhere. OWN: on the servers that one owns. Left out: not at all. */
                    permissions?: {
                        /** @enum {string} */
                        "server-view"?: "ANY" | "OWN";
                        /** @enum {string} */
                        "server-create"?: "ANY";
                        /** @enum {string} */
                        "server-update"?: "ANY" | "OWN";
                        /** @enum {string} */
                        "server-delete"?: "ANY" | "OWN";
                        /** @enum {string} */
                        "server-power"?: "ANY" | "OWN";
                        /** @enum {string} */
                        "server-reinstall"?: "ANY" | "OWN";
                        /** @enum {string} */
                        "server-transfer"?: "ANY" | "OWN";
                        /** @enum {string} */
                        "user-view"?: "ANY";
                        /** @enum {string} */
                        "user-create"?: "ANY";
                        /** @enum {string} */
                        "user-update"?: "ANY";
                        /** @enum {string} */
                        "user-delete"?: "ANY";
                        /** @enum {string} */
                        "admin-nodes"?: "ANY";
                        /** @enum {string} */
                        "admin-templates"?: "ANY";
                        /** @enum {string} */
                        "admin-roles"?: "ANY";
                        /** @enum {string} */
                        "admin-settings"?: "ANY";
                        /** @enum {string} */
                        "admin-audit"?: "ANY";
                        /** @enum {string} */
                        "file-read"?: "ANY" | "OWN";
                        /** @enum {string} */
                        "file-write"?: "ANY" | "OWN";
                        /** @enum {string} */
                        "file-delete"?: "ANY" | "OWN";
                        /** @enum {string} */
                        "file-archive"?: "ANY" | "OWN";
                        /** @enum {string} */
                        "console-read"?: "ANY" | "OWN";
                        /** @enum {string} */
                        "console-send"?: "ANY" | "OWN";
                        /** @enum {string} */
                        "backup-view"?: "ANY" | "OWN";
                        /** @enum {string} */
                        "backup-create"?: "ANY" | "OWN";
                        /** @enum {string} */
                        "backup-restore"?: "ANY" | "OWN";
                        /** @enum {string} */
                        "backup-delete"?: "ANY" | "OWN";
                        /** @enum {string} */
                        "database-view"?: "ANY" | "OWN";
                        /** @enum {string} */
                        "database-create"?: "ANY" | "OWN";
                        /** @enum {string} */
                        "database-delete"?: "ANY" | "OWN";
                        /** @enum {string} */
                        "network-view"?: "ANY" | "OWN";
                        /** @enum {string} */
                        "network-allocate"?: "ANY" | "OWN";
                        /** @enum {string} */
                        "monitoring-view"?: "ANY" | "OWN";
                        /** @enum {string} */
                        "monitoring-alerts"?: "ANY" | "OWN";
                        /** @enum {string} */
                        "plugin-view"?: "ANY" | "OWN";
                        /** @enum {string} */
                        "plugin-install"?: "ANY" | "OWN";
                        /** @enum {string} */
                        "plugin-configure"?: "ANY" | "OWN";
                    };
                    /** @description Who has the role does nothing before there is a second factor. */
                    requiresTotp?: boolean;
                };
            };
        };
        responses: {
            /** @description Made: here it is. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Role"];
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getRolesById: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done: here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Role"];
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    deleteRolesById: {
        parameters: {
            query?: {
                /** @description The role that its users have from then on. */
                replaceWith?: string;
            };
            header?: {
                /** @description The same key again, within a day, gets the first answer and does nothing. */
                "idempotency-key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; there is nothing to say. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    patchRolesById: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key again, within a day, gets the first answer and does nothing. */
                "idempotency-key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    name?: string;
                    description?: string;
                    /** @description ANY: everywhere. OWN: on the servers that one owns. Left out: not at all. */
                    permissions?: {
                        /** @enum {string} */
                        "server-view"?: "ANY" | "OWN";
                        /** @enum {string} */
                        "server-create"?: "ANY";
                        /** @enum {string} */
                        "server-update"?: "ANY" | "OWN";
                        /** @enum {string} */
                        "server-delete"?: "ANY" | "OWN";
                        /** @enum {string} */
                        "server-power"?: "ANY" | "OWN";
                        /** @enum {string} */
                        "server-reinstall"?: "ANY" | "OWN";
                        /** @enum {string} */
                        "server-transfer"?: "ANY" | "OWN";
                        /** @enum {string} */
                        "user-view"?: "ANY";
                        /** @enum {string} */
                        "user-create"?: "ANY";
                        /** @enum {string} */
                        "user-update"?: "ANY";
                        /** @enum {string} */
                        "user-delete"?: "ANY";
                        /** @enum {string} */
                        "admin-nodes"?: "ANY";
                        /** @enum {string} */
                        "admin-templates"?: "ANY";
                        /** @enum {string} */
                        "admin-roles"?: "ANY";
                        /** @enum {string} */
                        "admin-settings"?: "ANY";
                        /** @enum {string} */
                        "admin-audit"?: "ANY";
                        /** @enum {string} */
                        "file-read"?: "ANY" | "OWN";
                        /** @enum {string} */
                        "file-write"?: "ANY" | "OWN";
                        /** @enum {string} */
                        "file-delete"?: "ANY" | "OWN";
                        /** @enum {string} */
                        "file-archive"?: "ANY" | "OWN";
                        /** @enum {string} */
                        "console-read"?: "ANY" | "OWN";
                        /** @enum {string} */
                        "console-send"?: "ANY" | "OWN";
                        /** @enum {string} */
                        "backup-view"?: "ANY" | "OWN";
                        /** @enum {string} */
                        "backup-create"?: "ANY" | "OWN";
                        /** @enum {string} */
                        "backup-restore"?: "ANY" | "OWN";
                        /** @enum {string} */
                        "backup-delete"?: "ANY" | "OWN";
                        /** @enum {string} */
                        "database-view"?: "ANY" | "OWN";
                        /** @enum {string} */
                        "database-create"?: "ANY" | "OWN";
                        /** @enum {string} */
                        "database-delete"?: "ANY" | "OWN";
                        /** @enum {string} */
                        "network-view"?: "ANY" | "OWN";
                        /** @enum {string} */
                        "network-allocate"?: "ANY" | "OWN";
                        /** @enum {string} */
                        "monitoring-view"?: "ANY" | "OWN";
                        /** @enum {string} */
                        "monitoring-alerts"?: "ANY" | "OWN";
                        /** @enum {string} */
                        "plugin-view"?: "ANY" | "OWN";
                        /** @enum {string} */
                        "plugin-install"?: "ANY" | "OWN";
                        /** @enum {string} */
                        "plugin-configure"?: "ANY" | "OWN";
                    };
                    /** @description Who has the role does nothing before there is a second factor. */
                    requiresTotp?: boolean;
                };
            };
        };
        responses: {
            /** @description Done: here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Role"];
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getUsersByIdPermissions: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done: here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description What it gives comes first: GET /api/v1/roles. */
                        role: string;
                        /** @description DENY beats ALLOW and the role. ALLOW on one server is what its members have. */
                        permissions: {
                            permission: string;
                            /** @enum {string} */
                            effect: "ALLOW" | "DENY";
                            serverId: string | null;
                            expiresAt: string | null;
                        }[];
                    };
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    putUsersByIdPermissions: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key again, within a day, gets the first answer and does nothing. */
                "idempotency-key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    permissions: {
                        /** @enum {string} */
                        permission: "server-view" | "server-create" | "server-update" | "server-delete" | "server-power" | "server-reinstall" | "server-transfer" | "user-view" | "user-create" | "user-update" | "user-delete" | "admin-nodes" | "admin-templates" | "admin-roles" | "admin-settings" | "admin-audit" | "file-read" | "file-write" | "file-delete" | "file-archive" | "console-read" | "console-send" | "backup-view" | "backup-create" | "backup-restore" | "backup-delete" | "database-view" | "database-create" | "database-delete" | "network-view" | "network-allocate" | "monitoring-view" | "monitoring-alerts" | "plugin-view" | "plugin-install" | "plugin-configure";
                        /** @enum {string} */
                        effect: "ALLOW" | "DENY";
                        serverId?: string | null;
                        expiresAt?: string | null;
                    }[];
                };
            };
        };
        responses: {
            /** @description Done: here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description What it gives comes first: GET /api/v1/roles. */
                        role: string;
                        /** @description DENY beats ALLOW and the role. ALLOW on one server is what its members have. */
                        permissions: {
                            permission: string;
                            /** @enum {string} */
                            effect: "ALLOW" | "DENY";
                            serverId: string | null;
                            expiresAt: string | null;
                        }[];
                    };
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getServersByIdMembers: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
                sort?: "username" | "-username";
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done: here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Member"][];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    postServersByIdMembers: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key again, within a day, gets the first answer and does nothing. */
                "idempotency-key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description A username or an e-mail address. */
                    invite: string;
                    /** @description On this server; server-view is always among them. */
                    permissions: ("server-view" | "server-update" | "server-delete" | "server-power" | "server-reinstall" | "server-transfer" | "file-read" | "file-write" | "file-delete" | "file-archive" | "console-read" | "console-send" | "backup-view" | "backup-create" | "backup-restore" | "backup-delete" | "database-view" | "database-create" | "database-delete" | "network-view" | "network-allocate" | "monitoring-view" | "monitoring-alerts" | "plugin-view" | "plugin-install" | "plugin-configure")[];
                };
            };
        };
        responses: {
            /** @description Begun; it is not over yet. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Invitation"];
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    deleteServersByIdMembersByUserId: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key again, within a day, gets the first answer and does nothing. */
                "idempotency-key"?: string;
            };
            path: {
                id: string;
                userId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; there is nothing to say. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    patchServersByIdMembersByUserId: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key again, within a day, gets the first answer and does nothing. */
                "idempotency-key"?: string;
            };
            path: {
                id: string;
                userId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description On this server; server-view is always among them. */
                    permissions: ("server-view" | "server-update" | "server-delete" | "server-power" | "server-reinstall" | "server-transfer" | "file-read" | "file-write" | "file-delete" | "file-archive" | "console-read" | "console-send" | "backup-view" | "backup-create" | "backup-restore" | "backup-delete" | "database-view" | "database-create" | "database-delete" | "network-view" | "network-allocate" | "monitoring-view" | "monitoring-alerts" | "plugin-view" | "plugin-install" | "plugin-configure")[];
                };
            };
        };
        responses: {
            /** @description Done: here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Member"];
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getServersByIdInvitations: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
                sort?: "-createdAt" | "createdAt";
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done: here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Invitation"][];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    deleteServersByIdInvitationsByInvitationId: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key again, within a day, gets the first answer and does nothing. */
                "idempotency-key"?: string;
            };
            path: {
                id: string;
                invitationId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; there is nothing to say. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getInvitations: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
                sort?: "-createdAt" | "createdAt";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done: here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["MyInvitation"][];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    postInvitationsByIdAccept: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key again, within a day, gets the first answer and does nothing. */
                "idempotency-key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done: here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        server: {
                            id: string;
                            name: string;
                        };
                        /** @description Not what the inviter has lost since, or what is denied to the new member. */
                        permissions: string[];
                    };
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    postInvitationsByIdDecline: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key again, within a day, gets the first answer and does nothing. */
                "idempotency-key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; there is nothing to say. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getUsers: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
                sort?: "username" | "-createdAt";
                /** @description Part of the username or the e-mail address. */
                search?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done: here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["User"][];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    postUsers: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key again, within a day, gets the first answer and does nothing. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    username: string;
                    email: string;
                    /** @description Without it: USER. */
                    role?: string;
                    serverLimit?: number | null;
                    /** @description Without it a random one is answered, once, and changed at the first login. */
                    password?: string;
                    /** @description Have a link mailed by which the user chooses a password. */
                    invite?: boolean;
                };
            };
        };
        responses: {
            /** @description Made: here it is. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        user: components["schemas"]["User"];
                        /** @description Shown this once. */
                        password?: string;
                    };
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getUsersById: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done: here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    deleteUsersById: {
        parameters: {
            query?: {
                /** @description Delete the user's servers and files first. */
                servers?: "delete";
            };
            header?: {
                /** @description The same key again, within a day, gets the first answer and does nothing. */
                "idempotency-key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Begun; it is not over yet. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        user: components["schemas"]["User"];
                        servers: {
                            id: string;
                            name: string;
                            commandId: string | null;
                            problem: string | null;
                        }[];
                    };
                };
            };
            /** @description Done; there is nothing to say. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    patchUsersById: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key again, within a day, gets the first answer and does nothing. */
                "idempotency-key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    username?: string;
                    email?: string;
                    role?: string;
                    serverLimit?: number | null;
                    disabled?: boolean;
                    mustChangePassword?: boolean;
                };
            };
        };
        responses: {
            /** @description Done: here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getAuditLogs: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
                sort?: "-createdAt";
                /** @description A user, by login or by key; a single key; a node. */
                actorId?: string;
                actorType?: "USER" | "API_KEY" | "AGENT" | "SYSTEM";
                /** @description The whole action, or its beginning up to a point: "auth." */
                action?: string;
                targetType?: string;
                targetId?: string;
                from?: string;
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done: here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["AuditRow"][];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getAuditLogsExport: {
        parameters: {
            query?: {
                /** @description A user, by login or by key; a single key; a node. */
                actorId?: string;
                actorType?: "USER" | "API_KEY" | "AGENT" | "SYSTEM";
                /** @description The whole action, or its beginning up to a point: "auth." */
                action?: string;
                targetType?: string;
                targetId?: string;
                from?: string;
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Each line is a row as the list has them. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": string;
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getSystemDatabase: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done: here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description The server's version, e.g. 18.1. */
                        version: string;
                        /** Format: date-time */
                        startedAt: string;
                        sizeMiB: number;
                        connections: {
                            /** @description What this user may open on the server. */
                            allowed: number;
                            /** @description All that are open on the server, of whomever. */
                            open: number;
                        };
                        pool: {
                            /** @description DATABASE_POOL_SIZE. */
                            size: number;
                            open: number;
                            idle: number;
                            /** @description Statements that wait for a connection. */
                            waiting: number;
                        };
                        /** @description Since the panel started. */
                        statements: {
                            ended: number;
                            failed: number;
                            meanMs: number;
                            /** @description DATABASE_SLOW_STATEMENT_MS; 0: off. */
                            slowAboveMs: number;
                        };
                        slowest: {
                            /** @description With places for its values, never the values. */
                            statement: string;
                            times: number;
                            longestMs: number;
                            /** Format: date-time */
                            lastAt: string;
                        }[];
                        costliest: {
                            statement: string;
                            calls: number;
                            meanMs: number;
                            totalMs: number;
                        }[] | null;
                    };
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getAgentV1Connect: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The WebSocket is open. */
            101: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    postAgentV1Enroll: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    token: string;
                    publicKey: string;
                    proof: string;
                    machine: {
                        hostname: string;
                        os: string;
                        arch: string;
                        cpuCores: number;
                        memoryTotalMiB: number;
                        agentVersion: string;
                    };
                };
            };
        };
        responses: {
            /** @description Done: here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        nodeId: string;
                        nodeName: string;
                        kid: string;
                        panelId: string;
                        panelKey: string;
                        signature: string;
                    };
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getAgentV1InstallSh: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done: here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/x-shellscript": string;
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getAgentV1AgentMjs: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done: here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/javascript": string;
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getNodes: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
                sort?: "name" | "-name" | "createdAt" | "-createdAt";
                status?: components["schemas"]["NodeStatus"];
                search?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done: here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Node"][];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    postNodes: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key again, within a day, gets the first answer and does nothing. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    name: string;
                    ipAddress?: string | null;
                };
            };
        };
        responses: {
            /** @description Made: here it is. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        node: components["schemas"]["Node"];
                        enrollment: components["schemas"]["Enrollment"];
                    };
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getNodesById: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done: here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NodeDetail"];
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    deleteNodesById: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key again, within a day, gets the first answer and does nothing. */
                "idempotency-key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; there is nothing to say. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    patchNodesById: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key again, within a day, gets the first answer and does nothing. */
                "idempotency-key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    name?: string;
                    ipAddress?: string | null;
                    /** @description true: it gets no new servers. */
                    maintenance?: boolean;
                };
            };
        };
        responses: {
            /** @description Done: here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NodeDetail"];
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    postNodesByIdEnrollmentTokens: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key again, within a day, gets the first answer and does nothing. */
                "idempotency-key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Made: here it is. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        enrollment: components["schemas"]["Enrollment"];
                    };
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    postNodesByIdRevoke: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key again, within a day, gets the first answer and does nothing. */
                "idempotency-key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done: here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NodeDetail"];
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    postNodesByIdDeclareLost: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key again, within a day, gets the first answer and does nothing. */
                "idempotency-key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done: here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        node: components["schemas"]["Node"];
                        /** @description Open commands that became UNKNOWN. */
                        abandonedCommands: number;
                    };
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getNodesByIdAllocations: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
                sort?: "port" | "-port";
                /** @description Only those without a server, or with one. */
                free?: boolean;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done: here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Allocation"][];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    postNodesByIdAllocations: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key again, within a day, gets the first answer and does nothing. */
                "idempotency-key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description An address of the node; 0.0.0.0 is all of them. */
                    ip: string;
                    /** @description Ports and ranges, e.g. 27015-27030,8303; at most 10000 in one call and 100000 on a node. */
                    ports: string;
                    /** @enum {string} */
                    protocol?: "tcp" | "udp" | "both";
                };
            };
        };
        responses: {
            /** @description Made: here it is. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Allocation"][];
                    };
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    deleteNodesByIdAllocationsByAllocationId: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key again, within a day, gets the first answer and does nothing. */
                "idempotency-key"?: string;
            };
            path: {
                id: string;
                allocationId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; there is nothing to say. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getCtrls: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
                sort?: "name" | "-name" | "createdAt" | "-createdAt";
                search?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done: here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Ctrl"][];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    postCtrls: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key again, within a day, gets the first answer and does nothing. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    name: string;
                    description?: string;
                };
            };
        };
        responses: {
            /** @description Made: here it is. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ctrl"];
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getCtrlsById: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done: here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ctrl"];
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    deleteCtrlsById: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key again, within a day, gets the first answer and does nothing. */
                "idempotency-key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; there is nothing to say. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    patchCtrlsById: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key again, within a day, gets the first answer and does nothing. */
                "idempotency-key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    name?: string;
                    description?: string;
                };
            };
        };
        responses: {
            /** @description Done: here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ctrl"];
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    postCtrlsByIdAltsImport: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key again, within a day, gets the first answer and does nothing. */
                "idempotency-key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description The text of an egg file, JSON or YAML: PTDL_v1, PTDL_v2, PLCN_v1, PLCN_v2 or PLCN_v3. */
                    content?: string;
                    /** @description Instead of the text: the https address of a file on the public internet. The panel fetches it. */
                    url?: string;
                };
            };
        };
        responses: {
            /** @description Done: here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * @description updated: the alt that came from the egg of the same UUID has a new version.
                         * @enum {string}
                         */
                        outcome: "created" | "updated";
                        alt: components["schemas"]["Alt"];
                        /** @description What of the egg will not work, or was left out. */
                        warnings: {
                            /**
                             * @description Part of the API: it never changes.
                             * @enum {string}
                             */
                            kind: "json-mended" | "text-changed" | "extension-ignored" | "uuid-ignored" | "link-dropped" | "icon-dropped" | "icon-hidden" | "feature-unknown" | "image-local" | "image-refused" | "startup-missing" | "done-missing" | "done-unusable" | "stop-guessed" | "config-unreadable" | "file-skipped" | "file-parser" | "file-path" | "file-placeholder" | "file-expression" | "install-image" | "variable-name" | "variable-case" | "variable-twice" | "variable-default" | "variable-rule" | "variables-long" | "warnings-cut";
                            /** @description Where in the egg, e.g. variables.MAP.rules */
                            place: string;
                            /** @description For people; it may change. */
                            message: string;
                        }[];
                    };
                };
            };
            /** @description Made: here it is. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * @description updated: the alt that came from the egg of the same UUID has a new version.
                         * @enum {string}
                         */
                        outcome: "created" | "updated";
                        alt: components["schemas"]["Alt"];
                        /** @description What of the egg will not work, or was left out. */
                        warnings: {
                            /**
                             * @description Part of the API: it never changes.
                             * @enum {string}
                             */
                            kind: "json-mended" | "text-changed" | "extension-ignored" | "uuid-ignored" | "link-dropped" | "icon-dropped" | "icon-hidden" | "feature-unknown" | "image-local" | "image-refused" | "startup-missing" | "done-missing" | "done-unusable" | "stop-guessed" | "config-unreadable" | "file-skipped" | "file-parser" | "file-path" | "file-placeholder" | "file-expression" | "install-image" | "variable-name" | "variable-case" | "variable-twice" | "variable-default" | "variable-rule" | "variables-long" | "warnings-cut";
                            /** @description Where in the egg, e.g. variables.MAP.rules */
                            place: string;
                            /** @description For people; it may change. */
                            message: string;
                        }[];
                    };
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    postCtrlsByIdAltsImportMany: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key again, within a day, gets the first answer and does nothing. */
                "idempotency-key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    files: {
                        /** @description Comes back in the result. */
                        name: string;
                        /** @description The text of an egg file, JSON or YAML: PTDL_v1, PTDL_v2, PLCN_v1, PLCN_v2 or PLCN_v3. */
                        content: string;
                    }[];
                };
            };
        };
        responses: {
            /** @description Done: here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description In the order of the files. */
                        data: {
                            name: string;
                            /** @enum {string} */
                            outcome: "created" | "updated" | "refused";
                            altId?: string;
                            warnings: {
                                /**
                                 * @description Part of the API: it never changes.
                                 * @enum {string}
                                 */
                                kind: "json-mended" | "text-changed" | "extension-ignored" | "uuid-ignored" | "link-dropped" | "icon-dropped" | "icon-hidden" | "feature-unknown" | "image-local" | "image-refused" | "startup-missing" | "done-missing" | "done-unusable" | "stop-guessed" | "config-unreadable" | "file-skipped" | "file-parser" | "file-path" | "file-placeholder" | "file-expression" | "install-image" | "variable-name" | "variable-case" | "variable-twice" | "variable-default" | "variable-rule" | "variables-long" | "warnings-cut";
                                /** @description Where in the egg, e.g. variables.MAP.rules */
                                place: string;
                                /** @description For people; it may change. */
                                message: string;
                            }[];
                            error?: {
                                code: string;
                                message: string;
                            };
                        }[];
                    };
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getAlts: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
                sort?: "name" | "-name" | "createdAt" | "-createdAt";
                ctrlId?: string;
                tag?: string;
                /** @description Anywhere in the name, the description or a tag. */
                search?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done: here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Alt"][];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    postAlts: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key again, within a day, gets the first answer and does nothing. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    ctrlId: string;
                    name: string;
                    /** @description e.g. ghcr.io/owner/game:1.2 */
                    dockerImage: string;
                    startup: string;
                    description?: string;
                    /** @description Further images by label, for a server to choose from. */
                    dockerImages?: {
                        [key: string]: string;
                    };
                    /**
                     * @description ARGV: the line is split into arguments, no shell sees it. SHELL_ENV: the image expands the environment variable STARTUP itself.
                     * @enum {string}
                     */
                    startupMode?: "ARGV" | "SHELL_ENV";
                    config?: {
                        /** @description Output that means "ready to play", regex:… an expression of it; none: ready as soon as it is started. */
                        done?: string[];
                        tty?: boolean;
                        readOnlyRoot?: boolean;
                        /** @description What is put into files of the server before each start, in this order; paths are from the server's folder. The whole list. */
                        files?: {
                            path: string;
                            /** @enum {string} */
                            parser: "file" | "properties" | "ini" | "json" | "yaml" | "yml" | "toml" | "xml";
                            /** @description false: one that is not there is not made. */
                            createFile?: boolean;
                            find: {
                                match: string;
                                /** @description Only where this stands now; regex:… only what matches of it. */
                                ifValue?: string;
                                replaceWith: string | number | boolean;
                            }[];
                        }[];
                        stop?: {
                            /** @enum {string} */
                            type: "command";
                            value: string;
                            /** @description A game that has not ended by then is killed. */
                            graceSeconds?: number;
                        } | {
                            /** @enum {string} */
                            type: "signal";
                            /** @enum {string} */
                            value: "SIGINT" | "SIGTERM" | "SIGQUIT" | "SIGHUP" | "SIGUSR1" | "SIGUSR2" | "SIGABRT" | "SIGKILL";
                            /** @description A game that has not ended by then is killed. */
                            graceSeconds?: number;
                        };
                    };
                    install?: {
                        /** @description e.g. ghcr.io/owner/game:1.2 */
                        image: string;
                        entrypoint?: string;
                        /** @description Runs once, the files of the server at /mnt/server. */
                        script: string;
                    } | null;
                    features?: string[];
                    /** @description The whole list. What it is found by. */
                    tags?: string[];
                    icon?: string | null;
                    /** @description The whole list, in its order. */
                    variables?: {
                        name: string;
                        /** @description e.g. MAX_PLAYERS */
                        envVariable: string;
                        description?: string;
                        defaultValue?: string;
                        /** @description A list, or one text with bars between: required|integer|between:1,64 */
                        rules?: string | string[];
                        userViewable?: boolean;
                        userEditable?: boolean;
                    }[];
                };
            };
        };
        responses: {
            /** @description Made: here it is. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Alt"];
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getAltsByIdIconByHash: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                hash: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done: here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "image/png": string;
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getAltsByIdVersions: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
                sort?: "-version" | "version";
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done: here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            version: number;
                            /** Format: date-time */
                            createdAt: string;
                            madeBy: string | null;
                            /** @description Servers that are on it. */
                            serversCount: number;
                            /** @description What is other than in the version before, in words; hidden variables for those who see them. */
                            changes: string[];
                        }[];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getAltsByIdVersionsByVersion: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                version: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done: here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Alt"];
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getAltsById: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done: here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Alt"];
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    deleteAltsById: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key again, within a day, gets the first answer and does nothing. */
                "idempotency-key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; there is nothing to say. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    patchAltsById: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key again, within a day, gets the first answer and does nothing. */
                "idempotency-key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    ctrlId?: string;
                    name?: string;
                    /** @description e.g. ghcr.io/owner/game:1.2 */
                    dockerImage?: string;
                    startup?: string;
                    description?: string;
                    /** @description Further images by label, for a server to choose from. */
                    dockerImages?: {
                        [key: string]: string;
                    };
                    /**
                     * @description ARGV: the line is split into arguments, no shell sees it. SHELL_ENV: the image expands the environment variable STARTUP itself.
                     * @enum {string}
                     */
                    startupMode?: "ARGV" | "SHELL_ENV";
                    config?: {
                        /** @description Output that means "ready to play", regex:… an expression of it; none: ready as soon as it is started. */
                        done?: string[];
                        tty?: boolean;
                        readOnlyRoot?: boolean;
                        /** @description What is put into files of the server before each start, in this order; paths are from the server's folder. The whole list. */
                        files?: {
                            path: string;
                            /** @enum {string} */
                            parser: "file" | "properties" | "ini" | "json" | "yaml" | "yml" | "toml" | "xml";
                            /** @description false: one that is not there is not made. */
                            createFile?: boolean;
                            find: {
                                match: string;
                                /** @description Only where this stands now; regex:… only what matches of it. */
                                ifValue?: string;
                                replaceWith: string | number | boolean;
                            }[];
                        }[];
                        stop?: {
                            /** @enum {string} */
                            type: "command";
                            value: string;
                            /** @description A game that has not ended by then is killed. */
                            graceSeconds?: number;
                        } | {
                            /** @enum {string} */
                            type: "signal";
                            /** @enum {string} */
                            value: "SIGINT" | "SIGTERM" | "SIGQUIT" | "SIGHUP" | "SIGUSR1" | "SIGUSR2" | "SIGABRT" | "SIGKILL";
                            /** @description A game that has not ended by then is killed. */
                            graceSeconds?: number;
                        };
                    };
                    install?: {
                        /** @description e.g. ghcr.io/owner/game:1.2 */
                        image: string;
                        entrypoint?: string;
                        /** @description Runs once, the files of the server at /mnt/server. */
                        script: string;
                    } | null;
                    features?: string[];
                    /** @description The whole list. What it is found by. */
                    tags?: string[];
                    icon?: string | null;
                    /** @description The whole list, in its order. */
                    variables?: {
                        name: string;
                        /** @description e.g. MAX_PLAYERS */
                        envVariable: string;
                        description?: string;
                        defaultValue?: string;
                        /** @description A list, or one text with bars between: required|integer|between:1,64 */
                        rules?: string | string[];
                        userViewable?: boolean;
                        userEditable?: boolean;
                    }[];
                };
            };
        };
        responses: {
            /** @description Done: here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Alt"];
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getAltTags: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done: here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Most used first, 500 at most. */
                        data: {
                            tag: string;
                            altsCount: number;
                        }[];
                    };
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getAltsByIdUpdate: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done: here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Where the egg says that newer ones are. */
                        url: string;
                        /** @description The file there is another one than this alt came from. */
                        isNewer: boolean;
                        /** @description What would become other, for people. */
                        changes: string[];
                        warnings: {
                            /**
                             * @description Part of the API: it never changes.
                             * @enum {string}
                             */
                            kind: "json-mended" | "text-changed" | "extension-ignored" | "uuid-ignored" | "link-dropped" | "icon-dropped" | "icon-hidden" | "feature-unknown" | "image-local" | "image-refused" | "startup-missing" | "done-missing" | "done-unusable" | "stop-guessed" | "config-unreadable" | "file-skipped" | "file-parser" | "file-path" | "file-placeholder" | "file-expression" | "install-image" | "variable-name" | "variable-case" | "variable-twice" | "variable-default" | "variable-rule" | "variables-long" | "warnings-cut";
                            /** @description Where in the egg, e.g. variables.MAP.rules */
                            place: string;
                            /** @description For people; it may change. */
                            message: string;
                        }[];
                    };
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    postAltsByIdUpdate: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key again, within a day, gets the first answer and does nothing. */
                "idempotency-key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done: here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * @description updated: the alt that came from the egg of the same UUID has a new version.
                         * @enum {string}
                         */
                        outcome: "created" | "updated";
                        alt: components["schemas"]["Alt"];
                        /** @description What of the egg will not work, or was left out. */
                        warnings: {
                            /**
                             * @description Part of the API: it never changes.
                             * @enum {string}
                             */
                            kind: "json-mended" | "text-changed" | "extension-ignored" | "uuid-ignored" | "link-dropped" | "icon-dropped" | "icon-hidden" | "feature-unknown" | "image-local" | "image-refused" | "startup-missing" | "done-missing" | "done-unusable" | "stop-guessed" | "config-unreadable" | "file-skipped" | "file-parser" | "file-path" | "file-placeholder" | "file-expression" | "install-image" | "variable-name" | "variable-case" | "variable-twice" | "variable-default" | "variable-rule" | "variables-long" | "warnings-cut";
                            /** @description Where in the egg, e.g. variables.MAP.rules */
                            place: string;
                            /** @description For people; it may change. */
                            message: string;
                        }[];
                    };
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getAltsByIdExport: {
        parameters: {
            query?: {
                /** @description PTDL_v2 is JSON, PLCN_v3 is YAML. */
                format?: "PTDL_v2" | "PLCN_v3";
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The egg file. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getServers: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
                sort?: "name" | "-name" | "createdAt" | "-createdAt";
                status?: components["schemas"]["ServerStatus"];
                nodeId?: string;
                ownerId?: string;
                altId?: string;
                /** @description Of what their template is about. */
                tag?: string;
                search?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done: here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["ServerSummary"][];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    postServers: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key again, within a day, gets the first answer and does nothing. */
                "idempotency-key"?: string;
                /** @description `wait=N` waits up to N seconds, 60 at most, for the outcome of the command. */
                prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    name: string;
                    altId: string;
                    nodeId?: string;
                    ownerId?: string;
                    memoryMiB: number;
                    /** @description 100 is one core; 0: no limit. */
                    cpuPercent: number;
                    /** @description 0: no limit. Measured and shown; not yet enforced. */
                    diskMiB: number;
                    swapMiB?: number;
                    pidsLimit?: number;
                    /** @description e.g. ghcr.io/owner/game:1.2 */
                    dockerImage?: string;
                    /** @description Values of the alt's variables; the others have their defaults. */
                    environment?: {
                        [key: string]: string;
                    };
                    /** @description Free ports to take; the first becomes the primary one. */
                    allocationIds?: string[];
                    /** @description Ports to take, made when the node does not have them; the first is primary. */
                    ports?: {
                        port: number;
                        /** @enum {string} */
                        protocol?: "tcp" | "udp" | "both";
                    }[];
                    /** @description Start it once it is installed. */
                    start?: boolean;
                    /** @description Wait for a node that is not connected, a day at most, instead of refusing. */
                    queue?: boolean;
                };
            };
        };
        responses: {
            /** @description Made: here it is. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        server: components["schemas"]["Server"];
                        command: components["schemas"]["Command"];
                    };
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getServersById: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done: here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Server"];
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    deleteServersById: {
        parameters: {
            query?: {
                /** @description The record alone, when the node was declared lost or is gone. */
                force?: boolean;
                /** @description Wait for a node that is not connected, a day at most, instead of refusing. */
                queue?: boolean;
            };
            header?: {
                /** @description The same key again, within a day, gets the first answer and does nothing. */
                "idempotency-key"?: string;
                /** @description `wait=N` waits up to N seconds, 60 at most, for the outcome of the command. */
                prefer?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done: here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        command: components["schemas"]["Command"];
                    };
                };
            };
            /** @description Begun; it is not over yet. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        command: components["schemas"]["Command"];
                    };
                };
            };
            /** @description Done; there is nothing to say. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    patchServersById: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key again, within a day, gets the first answer and does nothing. */
                "idempotency-key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    name?: string;
                    ownerId?: string;
                    /** @description true: it goes down and can only be looked at, until false lifts that. Needs server-update on all servers. */
                    suspended?: boolean;
                    memoryMiB?: number;
                    /** @description 100 is one core; 0: no limit. */
                    cpuPercent?: number;
                    /** @description 0: no limit. Measured and shown; not yet enforced. */
                    diskMiB?: number;
                    swapMiB?: number;
                    pidsLimit?: number;
                    /** @description null: the alt's own again. */
                    dockerImage?: string | null;
                    /** @description To a newer version of its alt, or back. All values are held against the rules of that version; new ones are given with it. Its installation is not run again by itself. */
                    altVersion?: number;
                    /** @description null: the alt's default again. */
                    environment?: {
                        [key: string]: string | null;
                    };
                };
            };
        };
        responses: {
            /** @description Done: here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Server"];
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    postServersByIdPower: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key again, within a day, gets the first answer and does nothing. */
                "idempotency-key"?: string;
                /** @description `wait=N` waits up to N seconds, 60 at most, for the outcome of the command. */
                prefer?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @enum {string} */
                    action: "start" | "stop" | "restart" | "kill";
                    /** @description Wait for a node that is not connected, a day at most, instead of refusing. */
                    queue?: boolean;
                };
            };
        };
        responses: {
            /** @description Done: here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        command: components["schemas"]["Command"];
                    };
                };
            };
            /** @description Begun; it is not over yet. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        command: components["schemas"]["Command"];
                    };
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    postServersByIdReinstall: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key again, within a day, gets the first answer and does nothing. */
                "idempotency-key"?: string;
                /** @description `wait=N` waits up to N seconds, 60 at most, for the outcome of the command. */
                prefer?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Delete the server's files first. */
                    wipe?: boolean;
                    /** @description Wait for a node that is not connected, a day at most, instead of refusing. */
                    queue?: boolean;
                };
            };
        };
        responses: {
            /** @description Done: here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        command: components["schemas"]["Command"];
                    };
                };
            };
            /** @description Begun; it is not over yet. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        command: components["schemas"]["Command"];
                    };
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getServersByIdStats: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done: here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Stats"];
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getServersByIdEvents: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
                sort?: "-at";
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done: here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["ServerEvent"][];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    postServersByIdAllocations: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key again, within a day, gets the first answer and does nothing. */
                "idempotency-key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Made when the node does not have it; without it one that is free. */
                    port?: number;
                    /** @enum {string} */
                    protocol?: "tcp" | "udp" | "both";
                };
            };
        };
        responses: {
            /** @description Made: here it is. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Server"];
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    deleteServersByIdAllocationsByAllocationId: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key again, within a day, gets the first answer and does nothing. */
                "idempotency-key"?: string;
            };
            path: {
                id: string;
                allocationId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done: here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Server"];
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    patchServersByIdAllocationsByAllocationId: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key again, within a day, gets the first answer and does nothing. */
                "idempotency-key"?: string;
            };
            path: {
                id: string;
                allocationId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @enum {boolean} */
                    isPrimary: true;
                };
            };
        };
        responses: {
            /** @description Done: here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Server"];
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getServersByIdCommands: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
                sort?: "-createdAt";
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done: here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Command"][];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getCommandsById: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done: here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Command"];
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    postCommandsByIdCancel: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key again, within a day, gets the first answer and does nothing. */
                "idempotency-key"?: string;
                /** @description `wait=N` waits up to N seconds, 60 at most, for the outcome of the command. */
                prefer?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done: here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        command: components["schemas"]["Command"];
                    };
                };
            };
            /** @description Begun; it is not over yet. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        command: components["schemas"]["Command"];
                    };
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getServersByIdLogs: {
        parameters: {
            query?: {
                /** @description Lines from this position on. */
                after?: number;
                limit?: number;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done: here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            position: number;
                            /** Format: date-time */
                            at: string;
                            /** @enum {string} */
                            stream: "stdout" | "stderr";
                            /** @description Colours are left in; other terminal sequences are dropped. */
                            line: string;
                        }[];
                        nextPosition: number;
                        /** @description Bytes known to be lost. */
                        gaps: {
                            from: number;
                            to: number;
                        }[];
                    };
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getServersByIdConsole: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The WebSocket is open. */
            101: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    postServersByIdConsole: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key again, within a day, gets the first answer and does nothing. */
                "idempotency-key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description One line without its end, at most 4096 bytes. */
                    command: string;
                };
            };
        };
        responses: {
            /** @description Done; there is nothing to say. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getServersByIdStatsHistory: {
        parameters: {
            query?: {
                /** @description How far back. */
                range?: "1h" | "24h" | "7d";
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done: here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** Format: date-time */
                        from: string;
                        /** Format: date-time */
                        to: string;
                        /** @description Points further apart than this have a gap between. */
                        stepSeconds: number;
                        /** @description Oldest first; averages of the step after `at`. */
                        data: {
                            /** Format: date-time */
                            at: string;
                            /** @description Of a server: 100 is one core. Of a node: all of it. */
                            cpuPercent: number;
                            memoryMiB: number;
                            diskMiB: number | null;
                            networkRxBytesPerSecond: number | null;
                            networkTxBytesPerSecond: number | null;
                        }[];
                    };
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getNodesByIdStatsHistory: {
        parameters: {
            query?: {
                /** @description How far back. */
                range?: "1h" | "24h" | "7d";
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done: here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** Format: date-time */
                        from: string;
                        /** Format: date-time */
                        to: string;
                        /** @description Points further apart than this have a gap between. */
                        stepSeconds: number;
                        /** @description Oldest first; averages of the step after `at`. */
                        data: {
                            /** Format: date-time */
                            at: string;
                            /** @description Of a server: 100 is one core. Of a node: all of it. */
                            cpuPercent: number;
                            memoryMiB: number;
                            diskMiB: number | null;
                            networkRxBytesPerSecond: number | null;
                            networkTxBytesPerSecond: number | null;
                        }[];
                    };
                };
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getEvents: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The WebSocket is open. */
            101: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused: the code says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The panel, the database or the node failed. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
}
