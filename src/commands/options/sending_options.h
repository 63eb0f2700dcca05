#pragma once

#include "core/publish/sending.h"

namespace CLI {
class App;
}

namespace mscomm {

/// How messages are sent and what is said about it; shared by `publish` and `fanout`.
struct SendingOptions : Sending {
  /// Throws Error{usage} for contradictions.
  void validate() const;
};

/// Adds --no-confirm, --no-mandatory, --window, --confirm-timeout, --rate and --report.
void bind_sending_options(CLI::App& app, SendingOptions& options);

}  // namespace mscomm
