#pragma once

namespace mscomm {

/// Ends the process, without the destructors of thirty shared objects: 0.3 ms that nobody needs.
[[noreturn]] void end_process(int status);

}  // namespace mscomm
