/** Names of units by their code. Source: IPMI 2.0, table 43-15. */
export const SENSOR_UNITS: readonly string[] = [
  "unspecified",
  ...["degrees C", "degrees F", "degrees K", "Volts", "Amps", "Watts", "Joules", "Coulombs", "VA", "Nits"],
  ...["lumen", "lux", "Candela", "kPa", "PSI", "Newton", "CFM", "RPM", "Hz", "microsecond"],
  ...["millisecond", "second", "minute", "hour", "day", "week", "mil", "inches", "feet", "cu in"],
  ...["cu feet", "mm", "cm", "m", "cu cm", "cu m", "liters", "fluid ounce", "radians", "steradians"],
  ...["revolutions", "cycles", "gravities", "ounce", "pound", "ft-lb", "oz-in", "gauss", "gilberts", "henry"],
  ...["millihenry", "farad", "microfarad", "ohms", "siemens", "mole", "becquerel", "PPM", "reserved", "Decibels"],
  ...["DbA", "DbC", "gray", "sievert", "color temp deg K", "bit", "kilobit", "megabit", "gigabit", "byte"],
  ...["kilobyte", "megabyte", "gigabyte", "word", "dword", "qword", "line", "hit", "miss", "retry"],
  ...["reset", "overflow", "underrun", "collision", "packets", "messages", "characters", "error"],
  ...["correctable error", "uncorrectable error"],
];
