#include "core/http/load_result.h"

namespace mscomm {

double LoadResult::rate() const {
  const auto elapsed = std::chrono::duration<double>(took).count();
  return elapsed > 0 ? static_cast<double>(requests()) / elapsed : 0;
}

}  // namespace mscomm
