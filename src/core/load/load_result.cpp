#include "core/load/load_result.h"

#include <fmt/format.h>

namespace mscomm {

double LoadResult::rate() const {
  const auto elapsed = std::chrono::duration<double>(sending).count();
  return elapsed > 0 ? static_cast<double>(requests()) / elapsed : 0;
}

double LoadResult::under_way() const {
  const std::chrono::duration<double> mean(service.mean());
  const std::chrono::duration<double> whole(took);
  return took > Duration::zero() ? static_cast<double>(service.count()) * mean / whole : 0;
}

std::string shown_latency(Duration latency) {
  auto value = static_cast<double>(latency.count());
  for (const auto* const unit : {"ns", "us", "ms"}) {
    if (value < 999.5) {
      return fmt::format("{:.3g}{}", value, unit);
    }
    value /= 1000;
  }
  return value < 999.5 ? fmt::format("{:.3g}s", value) : fmt::format("{:.0f}s", value);
}

std::string LoadSample::text() const {
  auto text = message;
  for (const auto& line : lines) {
    text.append(1, '\n').append(line);
  }
  return text;
}

}  // namespace mscomm
