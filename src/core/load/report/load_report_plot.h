#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mscomm::report {

/// The logarithm and the power of ten: libm's, which no other start has to load.
double log10(double value);
double pow10(double exponent);

/// Which values an axis shows, where they fall on it, and which round ones are named.
class Axis {
 public:
  struct Tick {
    double value;
    std::string text;
  };

  /// From 0 to a round value that is not below `highest`, in steps of at least `finest`.
  static Axis linear(double highest, double finest = 0);
  /// Between round values around two positive ones.
  static Axis logarithmic(double lowest, double highest);
  /// Milliseconds: logarithmic when the highest is 20 times the lowest or more. A `lowest` of 0 is
  /// taken for a microsecond.
  static Axis milliseconds(double lowest, double highest);
  /// From 0 to exactly `seconds`, named in round seconds, minutes, hours or days.
  static Axis time(double seconds);
  /// HdrHistogram's scale: value x is the percentile 100 * (1 - 10^-x), so that each nine takes the
  /// same room. Ends where `count` values have none but the largest left; at 99.9999% at the
  /// latest.
  static Axis percentiles(double count);

  /// Where on the axis, from 0 to 1; what lies outside is at its end.
  [[nodiscard]] double at(double value) const;
  /// The value there.
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

/// Curves over two axes as inline SVG that is as wide as its place. Curves are stretched, text is
/// not; nothing in it comes from outside.
class Plot {
 public:
  Plot(Axis x, Axis y, std::string x_title, std::string y_title);

  /// A path of SVG in the coordinates of x() and y().
  void draw(std::string_view css_class, const std::string& path);
  /// A vertical line with a name beside it, `row` lines below the top.
  void mark(double x_value, std::string_view name, int row);
  /// What a reader with a pointer is told in each slice of the plot, `slice` wide, from the left.
  void read_out(double slice, const std::vector<std::string>& texts);

  /// Coordinates, 0 to 1000; y is 1000 at the bottom.
  [[nodiscard]] double x(double value) const { return 1000 * x_.at(value); }
  [[nodiscard]] double y(double value) const { return 1000 - 1000 * y_.at(value); }
  [[nodiscard]] const Axis& x_axis() const { return x_; }

  /// `label` says in words what the picture shows.
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
