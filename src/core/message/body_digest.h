#pragma once

#include <cstdint>
#include <string_view>

namespace mscomm {

/// A digest that tells bodies apart, piece by piece (FNV-1a, 64 bits); no protection against
/// somebody who wants two to be alike.
class BodyDigest {
 public:
  void add(std::string_view piece) {
    for (const char c : piece) {
      value_ = (value_ ^ static_cast<unsigned char>(c)) * 1099511628211U;
    }
  }
  bool operator==(const BodyDigest&) const = default;

 private:
  std::uint64_t value_ = 14695981039346656037U;
};

}  // namespace mscomm
