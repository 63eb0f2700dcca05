#include "core/runtime/idn2_library.h"

#include <algorithm>
#include <cstdint>

#include "core/runtime/ascii.h"

namespace mscomm {

bool is_a_label(const std::string& label) {
  const auto lower = lower_case(label);
  const auto& idn2 = Idn2Library::get();
  std::uint8_t* registered = nullptr;
  const int result = idn2.register_u8(nullptr, reinterpret_cast<const std::uint8_t*>(lower.c_str()),
                                      &registered, 0);
  idn2.free(registered);
  return result == IDN2_OK;
}

std::optional<std::string> a_label_of(const std::string& u_label, bool is_normal) {
  const auto& idn2 = Idn2Library::get();
  std::uint8_t* registered = nullptr;
  const int result = idn2.register_u8(reinterpret_cast<const std::uint8_t*>(u_label.c_str()),
                                      nullptr, &registered, is_normal ? 0 : IDN2_NFC_INPUT);
  std::optional<std::string> a_label;
  if (result == IDN2_OK) {
    a_label = reinterpret_cast<const char*>(registered);
  }
  idn2.free(registered);
  return a_label;
}

std::optional<std::string> to_a_labels(const std::string& name) {
  if (std::ranges::all_of(name, [](char c) { return static_cast<unsigned char>(c) < 0x80; })) {
    return name;
  }
  const auto& idn2 = Idn2Library::get();
  std::uint8_t* found = nullptr;
  const int result = idn2.lookup_u8(reinterpret_cast<const std::uint8_t*>(name.c_str()), &found,
                                    IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
  std::optional<std::string> ascii;
  if (result == IDN2_OK) {
    ascii = reinterpret_cast<const char*>(found);
  }
  idn2.free(found);
  return ascii;
}

}  // namespace mscomm
