#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mscomm::report {

/// Logarithm and power of ten from libm, loaded on demand.
double log10(double value);
double pow10(double exponent);

/// An axis: the values it shows, their positions, and the round values that are labelled.
class Axis {
 public:
  struct Tick {
    double value;
    std::string text;
  };

  /// From 0 to a round value of at least `highest`, in steps of at least `finest`.
  static Axis linear(double highest, double finest = 0);
  /// From the round value below `lowest` to the one above `highest`; both are positive.
  static Axis logarithmic(double lowest, double highest);
  /// Milliseconds: logarithmic when `highest` is at least 20 times `lowest`. A `lowest` of 0 counts
  /// as a microsecond.
  static Axis milliseconds(double lowest, double highest);
  /// From 0 to exactly `seconds`, labelled in round seconds, minutes, hours or days.
  static Axis time(double seconds);
  /// HdrHistogram's scale: value x is the percentile 100 * (1 - 10^-x), so that each nine takes the
  /// same space. Ends where only the largest of `count` values is left; at 99.9999% at the latest.
  static Axis percentiles(double count);

  /// The position on the axis, from 0 to 1; values outside are clamped.
  [[nodiscard]] double at(double value) const;
  /// The value at a position, the inverse of at().
  [[nodiscard]] double value_at(double part) const;
  [[nodiscard]] const std::vector<Tick>& ticks() const { return ticks_; }
  [[nodiscard]] bool is_logarithmic() const { return is_logarithmic_; }

 private:
  Axis(double low, double high, bool is_logarithmic);

  double low_;
  double high_;
  bool is_logarithmic_;
  std::vector<Tick> ticks_;
};

/// Curves over two axes as inline SVG that fills the width of its container. Curves are stretched,
/// text is not; no text in it comes from outside.
class Plot {
 public:
  Plot(Axis x, Axis y, std::string x_title, std::string y_title);

  /// Draws an SVG path in the coordinates of x() and y().
  void draw(std::string_view css_class, const std::string& path);
  /// Draws a vertical line with its name beside it, `row` lines below the top.
  void mark(double x_value, std::string_view name, int row);
  /// The texts shown when the pointer is over a slice of the plot, `slice` wide, from the left.
  void read_out(double slice, const std::vector<std::string>& texts);

  /// Coordinates, 0 to 1000; y is 1000 at the bottom.
  [[nodiscard]] double x(double value) const { return 1000 * x_.at(value); }
  [[nodiscard]] double y(double value) const { return 1000 - 1000 * y_.at(value); }
  [[nodiscard]] const Axis& x_axis() const { return x_; }

  /// `label` describes the picture in words.
  [[nodiscard]] std::string html(std::string_view label) const;

 private:
  [[nodiscard]] std::string axes() const;

  Axis x_;
  Axis y_;
  std::string x_title_;
  std::string y_title_;
  std::string curves_;
  std::string marks_;
  std::string read_outs_;
};

}  // namespace mscomm::report
