#pragma once

#include "core/runtime/tls_options.h"

namespace CLI {
class App;
}

namespace mscomm {

/// Adds --tls-ca, --tls-cert, --tls-key, --tls-server-name and --insecure.
void bind_tls_options(CLI::App& app, TlsOptions& options);

}  // namespace mscomm
