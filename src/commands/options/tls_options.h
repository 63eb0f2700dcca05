#pragma once

#include "core/runtime/tls_options.h"

namespace mscomm {

class CommandLine;

/// Adds --tls-ca, --tls-cert, --tls-key, --tls-server-name and --insecure.
void bind_tls_options(CommandLine& line, TlsOptions& options);

}  // namespace mscomm
