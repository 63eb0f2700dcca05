#include "core/http/load_result.h"

namespace mscomm {

double LoadResult::rate() const {
  const auto seconds = std::chrono::duration<double>(took).count();
  return seconds > 0 ? static_cast<double>(requests()) / seconds : 0;
}

}  // namespace mscomm
