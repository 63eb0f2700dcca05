#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <random>
#include <string>

#include "core/message/message.h"

namespace mscomm::test {

/// Random messages that lean towards the edges: empty things, limits, repeated names, odd bytes.
class RandomMessage {
 public:
  explicit RandomMessage(std::uint64_t seed) : engine_(seed) {}

  std::uint64_t below(std::uint64_t limit) { return engine_() % limit; }
  bool chance(std::uint64_t one_in) { return below(one_in) == 0; }

  std::string bytes(std::size_t most) {
    std::string text(below(most + 1), '\0');
    const auto style = below(4);
    for (auto& c : text) {
      c = style == 0 ? static_cast<char>(below(256)) : static_cast<char>('a' + below(26));
    }
    if (style == 1) {
      for (const char* piece :
           {"\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "\xC2\x85", "\"\\\n"}) {
        text += text.size() + 4 <= most && chance(2) ? piece : "";
      }
    } else if (style == 2 && !text.empty()) {
      constexpr std::array kOdd{'\0', '\x1b', '\x7f', '\xff', '"', '\\', '\n', '\xc2'};
      text[below(text.size())] = kOdd[below(kOdd.size())];
    }
    return text;
  }

  FieldTable table(int depth) {
    FieldTable table;
    for (auto n = chance(20) ? below(40) : below(5); n > 0; --n) {
      auto name = chance(12) ? std::string("$amqp") : bytes(chance(30) ? 255 : 8);
      if (!table.empty() && chance(15)) {
        name = table[below(table.size())].first;
      }
      table.emplace_back(std::move(name), value(depth));
    }
    return table;
  }

  FieldValue value(int depth) {
    constexpr std::array kKinds{FieldKind::boolean,   FieldKind::int8,    FieldKind::uint8,
                                FieldKind::int16,     FieldKind::uint16,  FieldKind::int32,
                                FieldKind::uint32,    FieldKind::int64,   FieldKind::uint64,
                                FieldKind::float32,   FieldKind::float64, FieldKind::decimal,
                                FieldKind::longstr,   FieldKind::bytes,   FieldKind::array,
                                FieldKind::timestamp, FieldKind::table,   FieldKind::null};
    const auto kind = kKinds[below(kKinds.size())];
    switch (kind) {
      case FieldKind::null:
        return {};
      case FieldKind::decimal:
        return {kind,
                Decimal{static_cast<std::uint8_t>(number()), static_cast<std::uint32_t>(number())}};
      case FieldKind::longstr:
      case FieldKind::bytes:
        return {kind, bytes(300)};
      case FieldKind::array:
        return {kind, array(depth)};
      case FieldKind::table:
        return {kind, depth > 0 ? table(depth - 1) : FieldTable{}};
      default:
        return {kind, integer(kind)};
    }
  }

  Properties properties() {
    Properties all;
    for (auto* text : {&all.content_type, &all.content_encoding, &all.correlation_id, &all.reply_to,
                       &all.expiration, &all.message_id, &all.type, &all.user_id, &all.app_id,
                       &all.cluster_id}) {
      if (chance(3)) {
        *text = bytes(chance(20) ? 255 : 12);
      }
    }
    if (chance(2)) {
      all.headers = table(4);
    }
    if (chance(2)) {
      all.delivery_mode = static_cast<std::uint8_t>(number());
    }
    if (chance(3)) {
      all.priority = static_cast<std::uint8_t>(number());
    }
    if (chance(3)) {
      all.timestamp = number();
    }
    return all;
  }

 private:
  // Any 64 bits, with the limits of every width more often than chance would bring them.
  std::uint64_t number() {
    const auto shift = below(64);
    switch (below(4)) {
      case 0:
        return engine_();
      case 1:
        return engine_() >> shift;
      case 2:
        return (std::uint64_t{1} << shift) + below(3) - 1;
      default:
        return ~((std::uint64_t{1} << shift) + below(3) - 1);
    }
  }

  template <class Int>
  static std::uint64_t narrowed(std::uint64_t data) {
    return static_cast<std::uint64_t>(static_cast<Int>(data));
  }

  std::uint64_t integer(FieldKind kind) {
    switch (kind) {
      case FieldKind::boolean:
        return below(2);
      case FieldKind::int8:
        return narrowed<std::int8_t>(number());
      case FieldKind::uint8:
        return narrowed<std::uint8_t>(number());
      case FieldKind::int16:
        return narrowed<std::int16_t>(number());
      case FieldKind::uint16:
        return narrowed<std::uint16_t>(number());
      case FieldKind::int32:
        return narrowed<std::int32_t>(number());
      case FieldKind::uint32:
        return narrowed<std::uint32_t>(number());
      case FieldKind::float32:
        return floating<float, std::uint32_t>();
      case FieldKind::float64:
        return floating<double, std::uint64_t>();
      default:
        return number();
    }
  }

  template <class Float, class Bits>
  std::uint64_t floating() {
    switch (below(3)) {
      case 0:
        return std::bit_cast<Bits>(static_cast<Float>(static_cast<std::int64_t>(number())));
      case 1:
        return std::bit_cast<Bits>(static_cast<Float>(below(100'000)) / Float{100});
      default:
        return static_cast<Bits>(number());
    }
  }

  FieldArray array(int depth) {
    FieldArray array;
    for (auto n = depth > 0 ? below(4) : 0; n > 0; --n) {
      array.push_back(value(depth - 1));
    }
    return array;
  }

  std::mt19937_64 engine_;
};

}  // namespace mscomm::test
