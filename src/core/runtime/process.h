#pragma once

namespace mscomm {

/// Ends the process without running the destructors of thirty shared objects, which saves 0.3 ms.
[[noreturn]] void end_process(int status);

}  // namespace mscomm
